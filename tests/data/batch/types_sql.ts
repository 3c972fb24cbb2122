/** Rows with a column for each of DuckDB's types that Parquet supports. */
export function typesSql(rows: number): string {
  return `SELECT
    'a b/' || i || '.jpg' AS url,
    CASE WHEN i % 3 > 0 THEN 'Ünïcode 🐈 ' || i END AS caption,
    (i % 100 - 50)::TINYINT AS tiny,
    (i % 65536)::USMALLINT AS usmall,
    (4294967295 - i)::UINTEGER AS uint,
    (i * 1000 - 7)::INTEGER AS int,
    (i * 10000000000 - 5)::BIGINT AS long,
    (18446744073709551615 - i)::UBIGINT AS ulong,
    (i / 3)::FLOAT AS float,
    CASE WHEN i % 5 = 4 THEN 'NaN'::DOUBLE ELSE i / 3 END AS double,
    i % 2 = 0 AS bool,
    (i / 4 - 1)::DECIMAL(9, 2) AS decimal,
    (i / 4 - 1)::DECIMAL(38, 10) AS long_decimal,
    DATE '2026-11-29' + (i % 1000)::INTEGER AS day,
    TIME '01:02:03.456789' AS time,
    TIMESTAMP '2026-11-29 04:07:12.123456' - INTERVAL (i * 1000) HOUR AS at,
    TIMESTAMPTZ '2026-11-29 04:07:12.1Z' + INTERVAL (i) DAY AS at_utc,
    TIMESTAMP_NS '2026-11-29 04:07:12.123456789' AS at_nano,
    '00112233-4455-6677-8899-aabbccddeeff'::UUID AS uuid,
    'ab\\xFF'::BLOB AS blob,
    (CASE WHEN i % 2 = 0 THEN 'x' ELSE 'y' END)::ENUM('x', 'y') AS kind,
    CASE WHEN i % 4 <> 2 THEN ['a', NULL, 'c' || i] END AS list,
    CASE WHEN i % 4 = 1 THEN [] WHEN i % 4 > 1 THEN [i, i + 1] END AS ints,
    {'a': i} AS struct,
    MAP {'k': i} AS map,
    [[i]] AS nested
  FROM range(${rows}) t(i)`;
}
