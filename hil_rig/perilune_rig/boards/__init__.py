"""Boards other than this process: firmware images, emulators, and pseudo-terminals with a board behind them."""
