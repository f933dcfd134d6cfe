"""The shipped mappings, one TOML file a source; `api.importer` tells the language that they are written in."""
