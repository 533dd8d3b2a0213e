"""Elevation rasters: PDS3 read with numpy, GeoTIFF and PDS4 through rasterio, cut out round a site."""
