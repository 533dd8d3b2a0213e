"""The Moon where a constant is enough: what guidance and propulsion weigh thrust against."""

LUNAR_G_M_S2 = 1.62  # mean at the surface: GM / R^2 = 4902.8 km3/s2 / (1737.4 km)^2 = 1.624, less 0.2 %
