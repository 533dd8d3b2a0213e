// No interned strings beyond those found in the sources.
