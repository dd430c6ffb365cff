"""The reader of series: `.ts`, `.tsf`, CSV, Parquet and NumPy files, folders of them, arrays in memory."""
