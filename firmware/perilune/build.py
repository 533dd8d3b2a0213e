"""Which build this is. `make firmware FLIGHT=1` freezes another copy of this module in which HIL is false.

The build for the rig (HIL) is fed by the world over its link: it takes sensor frames from it, has a key known to all
until one is provisioned, starts afresh at a hello and goes to the REPL when asked. The build for flight does none of
this: its own drivers hand sensor data to `Computer.sense`, and without a provisioned key it obeys nobody.
"""

HIL = True
