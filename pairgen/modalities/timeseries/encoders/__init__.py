"""Time-series encoders by name: `pairgen.create_encoder("timeseries", "dilated-cnn", in_channels=3)`.

Each takes a batch of views, a `PaddedBatch` of (B, T, C), or a tensor (B, T, C) or (B, T) without padding, with NaN
where a value is missing. It returns features (B, D); `steps(views)` returns features of each timestamp. The features of
a series do not depend on its padding.
"""
