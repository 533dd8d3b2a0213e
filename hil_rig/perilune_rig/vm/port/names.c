// Attributes, methods and globals, through caches of where they were found last.
//
// A place in a table is right whenever the key stands there. That a name is absent from a table, or what a class has for
// it, holds until some table is changed other than in place by the functions here: `epoch` counts those changes.
#include "py/objfun.h"
#include "py/objmodule.h"
#include "py/objtype.h"
#include "py/runtime.h"
#include "quick.h"

mp_map_elem_t *mp_map_lookup_upstream(mp_map_t *map, mp_obj_t key, mp_map_lookup_kind_t kind);
static uint32_t epoch = 1;

// The key may be there already, and its value about to be replaced (a method, a builtin): that counts as well.
mp_map_elem_t *mp_map_lookup(mp_map_t *map, mp_obj_t key, mp_map_lookup_kind_t kind) {
    epoch += kind != MP_MAP_LOOKUP;
    return mp_map_lookup_upstream(map, key, kind);
}

#define PLACES (1 << 14)
static uint16_t places[PLACES];

// For one owner, any 8192 names that follow each other have spots of their own.
static inline size_t spot(const void *owner, qstr name) {
    return ((uint32_t)((uintptr_t)owner >> 5) + ((uint32_t)name << 19)) * 0x9e3779b1u >> 18;
}

static inline __attribute__((always_inline)) mp_map_elem_t *known_in(const mp_map_t *map, qstr name, const void *owner) {
    uint16_t place = places[spot(owner, name)];
    return place < map->alloc && map->table[place].key == MP_OBJ_NEW_QSTR(name) ? &map->table[place] : NULL;
}

static mp_map_elem_t *search(const mp_map_t *map, qstr name, const void *owner) {
    mp_map_elem_t *elem = mp_map_lookup_upstream((mp_map_t *)map, MP_OBJ_NEW_QSTR(name), MP_MAP_LOOKUP);
    if (elem != NULL && elem - map->table < 0xffff) {
        places[spot(owner, name)] = elem - map->table;
    }
    return elem;
}

// That `name` is absent from `table`, and what `owner` (the class, or the builtins behind globals) has for it.
typedef struct {
    const void *owner;
    const void *table;
    mp_obj_t value;
    uint32_t name;
    uint32_t epoch;
} absent_t;

#define ABSENT (1 << 11)
static absent_t absent[ABSENT];

static inline absent_t *remembered(const void *owner, qstr name) {
    return &absent[spot(owner, name) >> 3];
}

static inline bool holds(const absent_t *entry, const void *owner, const void *table, qstr name) {
    return entry->owner == owner && entry->name == name && entry->table == table && entry->epoch == epoch;
}

// What follows comes in pairs: the quick way, which calls nothing and so saves no register, and SLOW, the rest, which
// looks, and remembers for the next time.
#define SLOW static __attribute__((noinline))

SLOW mp_obj_t load_global(mp_obj_dict_t *globals, qstr name) {
    mp_map_elem_t *elem = search(&globals->map, name, globals);
    if (elem != NULL) {
        return elem->value;
    }
    mp_obj_t value = mp_load_global(name);
    *remembered(globals, name) = (absent_t) { globals, globals->map.table, value, name, epoch };
    return value;
}

mp_obj_t quick_load_global(qstr name) {
    mp_obj_dict_t *globals = mp_globals_get();
    mp_map_elem_t *elem = known_in(&globals->map, name, globals);
    if (elem != NULL) {
        return elem->value;
    }
    absent_t *entry = remembered(globals, name);
    return holds(entry, globals, globals->map.table, name) ? entry->value : load_global(globals, name);
}

// The table in which an instance or a module keeps its own attributes, and under whom its places are known.
static inline __attribute__((always_inline)) const mp_map_t *own_table(mp_obj_t base, const void **owner) {
    if (!mp_obj_is_obj(base)) {
        return NULL;
    }
    const mp_obj_type_t *type = ((mp_obj_base_t *)MP_OBJ_TO_PTR(base))->type;
    if (mp_obj_is_instance_type(type)) {
        *owner = type;
        return &((mp_obj_instance_t *)MP_OBJ_TO_PTR(base))->members;
    }
    if (type == &mp_type_module) {
        mp_obj_dict_t *globals = ((mp_obj_module_t *)MP_OBJ_TO_PTR(base))->globals;
        *owner = globals;
        return &globals->map;
    }
    return NULL;
}

SLOW mp_obj_t load_attr(mp_obj_t base, qstr name) {
    const void *owner;
    const mp_map_t *table = own_table(base, &owner);
    if (table != NULL && name != MP_QSTR___class__) {
        mp_map_elem_t *elem = search(table, name, owner);
        if (elem != NULL) {
            return elem->value;
        }
    }
    return mp_load_attr(base, name);
}

mp_obj_t quick_load_attr(mp_obj_t base, qstr name) {
    const void *owner;
    const mp_map_t *table = own_table(base, &owner);
    if (table != NULL && name != MP_QSTR___class__) {
        mp_map_elem_t *elem = known_in(table, name, owner);
        if (elem != NULL) {
            return elem->value;
        }
    }
    return load_attr(base, name);
}

// A plain function of the class, found without calling anything.
static bool of_class(const mp_obj_t *dest, mp_obj_t base) {
    if (dest[1] != base || !mp_obj_is_obj(dest[0])) {
        return false;
    }
    const mp_obj_type_t *kind = ((mp_obj_base_t *)MP_OBJ_TO_PTR(dest[0]))->type;
    return kind == &mp_type_fun_native || kind == &mp_type_fun_bc;
}

SLOW void load_method(mp_obj_t base, qstr name, mp_obj_t *dest) {
    const void *owner;
    const mp_map_t *table = own_table(base, &owner);
    mp_map_elem_t *elem = table == NULL || name == MP_QSTR___class__ ? NULL : search(table, name, owner);
    if (elem != NULL) {
        dest[0] = elem->value;
        dest[1] = MP_OBJ_NULL;
        return;
    }
    mp_load_method(base, name, dest);
    if (table != NULL && of_class(dest, base)) {
        *remembered(MP_OBJ_TO_PTR(base), name) = (absent_t) { owner, table->table, dest[0], name, epoch };
    }
}

void quick_load_method(mp_obj_t base, qstr name, mp_obj_t *dest) {
    const void *owner;
    const mp_map_t *table = own_table(base, &owner);
    if (table != NULL) {
        absent_t *entry = remembered(MP_OBJ_TO_PTR(base), name);
        if (holds(entry, owner, table->table, name)) {
            dest[0] = entry->value;
            dest[1] = base;
            return;
        }
    }
    load_method(base, name, dest);
}

// Whether storing under `name` in an instance of `type` is nothing but that: no property, no descriptor, no __setattr__.
static bool stored_plainly(const mp_obj_type_t *type, qstr name) {
    if (!(type->flags & MP_TYPE_FLAG_HAS_SPECIAL_ACCESSORS)) {
        return true;
    }
    const mp_obj_type_t *at = type;
    while (at != NULL && at != &mp_type_object) {
        if (mp_obj_is_native_type(at) || !MP_OBJ_TYPE_HAS_SLOT(at, locals_dict)) {
            return false; // a native base, or several of them
        }
        mp_map_t *locals = &MP_OBJ_TYPE_GET_SLOT(at, locals_dict)->map;
        if (mp_map_lookup_upstream(locals, MP_OBJ_NEW_QSTR(name), MP_MAP_LOOKUP) != NULL
            || mp_map_lookup_upstream(locals, MP_OBJ_NEW_QSTR(MP_QSTR___setattr__), MP_MAP_LOOKUP) != NULL) {
            return false;
        }
        at = MP_OBJ_TYPE_GET_SLOT_OR_NULL(at, parent);
    }
    *remembered(type, name) = (absent_t) { type, NULL, MP_OBJ_NULL, name, epoch };
    return true;
}

SLOW void store_attr(mp_obj_t base, qstr name, mp_obj_t value) {
    if (mp_obj_is_obj(base) && value != MP_OBJ_NULL) {
        const mp_obj_type_t *type = ((mp_obj_base_t *)MP_OBJ_TO_PTR(base))->type;
        if (mp_obj_is_instance_type(type) && stored_plainly(type, name)) {
            mp_map_elem_t *elem = search(&((mp_obj_instance_t *)MP_OBJ_TO_PTR(base))->members, name, type);
            if (elem != NULL) {
                elem->value = value;
                return;
            }
        }
    }
    mp_store_attr(base, name, value);
}

void quick_store_attr(mp_obj_t base, qstr name, mp_obj_t value) {
    if (mp_obj_is_obj(base) && value != MP_OBJ_NULL) {
        const mp_obj_type_t *type = ((mp_obj_base_t *)MP_OBJ_TO_PTR(base))->type;
        bool plain = !(type->flags & MP_TYPE_FLAG_HAS_SPECIAL_ACCESSORS) || holds(remembered(type, name), type, NULL, name);
        if (mp_obj_is_instance_type(type) && plain) {
            mp_map_elem_t *elem = known_in(&((mp_obj_instance_t *)MP_OBJ_TO_PTR(base))->members, name, type);
            if (elem != NULL) {
                elem->value = value;
                return;
            }
        }
    }
    store_attr(base, name, value);
}
