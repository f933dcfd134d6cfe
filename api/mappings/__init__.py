"""The shipped mappings, one TOML file a source; `api.importer` tells the language they are written in."""
