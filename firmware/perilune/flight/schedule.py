"""Who runs in which tick: the one table that navigation, guidance, propulsion, checkpoint, link and ports follow.

A tick is 20 ms. What runs at 10 Hz has a slot, the tick modulo SLOTS, so that no tick carries two heavy tasks: sensors
deliver in slot 0 and garbage is collected after it, so that slot gets nothing else that can wait; guidance follows the
samples by 80 ms in slot 4, after the level frame it reads. A slot follows from the frame's tick alone: a frame that is
lost moves nobody to another one.
"""

SLOTS = 5

COLLECT = 0  # ports: garbage, after the reply
TIDY = 0  # navigation: norm of the attitude quaternion
PROPAGATE = 1  # navigation: error covariance
WRITE = 1  # checkpoint: the copy gathered in the tick before last
COMPARE = 2  # navigation: one inertial unit against the other
SIGMAS = 2  # navigation: 1 sigma of each estimate, sources in use
MONITOR = 2  # propulsion, navigation: engines, tank, velocimeter, health word
HEAP = 2  # ports: a look at the free heap, every HEAP_TICKS
GRAVITY = 3  # navigation: gravity and rotation for the next five ticks
LEVEL = 4  # navigation: level frame, inertial height
GUIDANCE = 4  # guidance: law, target, attitude; altimeter heads and power
GATHER = 4  # checkpoint: the state as one row
TELL = (1, 4)  # link: one event, where no sample is taken in and nothing is collected

DEAD_RECKONING_TICKS = 25  # from one propagation of the covariance to the next where no measurement comes
MOON_TICKS = 50  # between two turns of the site under the vehicle, in slot TIDY
HEAP_TICKS = 50
