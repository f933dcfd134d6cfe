-- settle --
-- Every session of the application acts as its role, waits for the disk at each commit, speaks UTC,
-- and is ended by the server when it holds a transaction open without using it.
SELECT set_config('role', 'daybook_app', false),
       set_config('application_name', 'daybook', false),
       set_config('TimeZone', 'UTC', false),
       set_config('synchronous_commit', 'on', false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('idle_in_transaction_session_timeout', %s, false),
       set_config('lock_timeout', %s, false);

-- plan_by_index --
-- The ledger is read by its keys alone. Without statistics, as on a fresh table, the planner may think
-- otherwise.
SELECT set_config('enable_seqscan', 'off', false),
       set_config('enable_hashjoin', 'off', false),
       set_config('enable_mergejoin', 'off', false),
       set_config('enable_bitmapscan', 'off', false),
       set_config('jit', 'off', false),
       set_config('plan_cache_mode', 'force_generic_plan', false);
