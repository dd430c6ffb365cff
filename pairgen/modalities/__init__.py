"""The built-in modalities, one package each; `pairgen.list_modalities()` lists them with those that are installed."""
