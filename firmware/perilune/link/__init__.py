"""The flight computer at its link: sessions, commands, authentication, counters."""
