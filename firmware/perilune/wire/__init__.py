"""The wire: one schema, COBS framing with CRC-32, fixed-layout CBOR."""
