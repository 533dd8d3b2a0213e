"""Guidance, navigation and control: pure logic, no clock, no platform."""
