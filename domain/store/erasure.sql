-- may_vacuum --
-- Whether this user may vacuum the tables of keys and of the index; who may not is passed over in silence.
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class
 WHERE oid IN ('daybook.data_keys'::regclass, 'daybook.blind_index'::regclass);

-- vacuum_keys --
-- Takes away old versions of rows that were changed.
VACUUM daybook.data_keys;

-- vacuum_index --
-- Takes away rows that were deleted.
VACUUM daybook.blind_index;
