// heap.c: to be told after each collection.
#pragma once
void heap_from_the_bottom(void);
