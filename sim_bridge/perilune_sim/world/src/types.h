#pragma once
/* Structures shared by the C world and Python (cffi reads this file too: plain declarations only).
   SI units; body, site and inertial frames as in sim_bridge/perilune_sim/config.py; quaternions w x y z. */
#include <stdint.h>

#define PL_ENGINES 6
#define PL_THRUSTERS 16
#define PL_LEGS 4
#define PL_HULL 8
#define PL_POINTS 12
#define PL_GRIDS 20 /* whole registers of PL_LANES */
#define PL_LANES 4
#define PL_OCTAVES 20
#define PL_ROUGH 7
#define PL_CLASSES 13
#define PL_SHADES 3
#define PL_CRATERS 64
#define PL_STEPS 16
#define PL_QUEUE 128
#define PL_DELAY 128
#define PL_RECORD 15
#define PL_TWINS 8
#define PL_LONGEST 512 /* bytes of a payload */
#define PL_TICK_US 20000
#define PL_ROW_TICKS 5 /* telemetry at 10 Hz */
#define PL_TRUTH 51    /* doubles that pl_truth writes */
#define PL_TRUTH_AGL 17
#define PL_HARMONIC_ARRAYS 8
#define PL_ROCKS 4 /* classes of boulders */
#define PL_RASTERS 2
#define PL_LEVELS 10

typedef struct {
    double position[3], direction[3], thrust_n;
} pl_engine_config;

typedef struct {
    double position[3], force[3]; /* force at full duty */
} pl_thruster_config;

typedef struct {
    int engine_count, thruster_count;
    pl_engine_config engine[PL_ENGINES];
    pl_thruster_config thruster[PL_THRUSTERS];
    double isp_s, throttle_min, throttle_rate_s, start_delay_s, lag_s, chamber_kpa, tank_kpa, pressurant_kpa;
    double rcs_thrust_n, rcs_isp_s, rcs_min_on_ms;
    double dry_kg, propellant_kg;
    double inertia_dry[3], inertia_wet[3], com_dry[3], com_wet[3];
    double point[36]; /* PL_LEGS pads, then PL_HULL hull points; body */
    double stiffness, damping, friction, stroke;
} pl_vehicle;

typedef struct {
    double downrange_m, left_m, radius_m, depth_m, rim_m;
} pl_crater;

typedef struct {
    double downrange_m, height_m, width_m;
} pl_step_feature;

/* Square lattices on the ground. Each is shifted by a fraction that its seed decides: noise is zero on the nodes, and
   the site must not be a node of every lattice. In columns, so that a wide register holds several of them. */
typedef struct {
    double spacing[PL_GRIDS], per_m[PL_GRIDS];   /* m, and its inverse */
    double shift_s[PL_GRIDS], shift_c[PL_GRIDS]; /* in spacings */
    uint32_t seed[PL_GRIDS];
} pl_grids;

/* Heights above the sphere at posts on a square lattice in arcs from the site, rows downrange and columns left, then
   its coarser copies, each with posts twice as far apart. Outside the state. */
typedef struct {
    int levels, rows[PL_LEVELS], columns[PL_LEVELS];
    uint32_t at[PL_LEVELS];
    double first_s_m, first_c_m, post_m;
    const float *height;
} pl_raster;

typedef struct {
    uint64_t stream;
    int rugged; /* as rough at the site as elsewhere */
    double crater_break_m, crater_largest_m, rock_ratio;
    int raster_count;
    pl_raster raster[PL_RASTERS]; /* the wide one first */
    double elevation_m; /* at the site before roughness */
    double relief_m, longest_m, hurst, slope, footprint_m, smooth_radius_m, crater_density, albedo_mean, albedo_sigma;
    int crater_count, step_count;
    pl_crater crater[PL_CRATERS];
    pl_step_feature step[PL_STEPS];
    /* derived by pl_terrain_prepare */
    int octaves;
    pl_grids relief, rough, craters, shades, rocks;
    double amplitude[PL_GRIDS], rough_amplitude[PL_GRIDS], crater_probability[PL_CLASSES];
    double rock_probability[PL_GRIDS], tallest_rock_m;
} pl_terrain;

typedef struct {
    uint64_t stream;
    double accel_matrix[9], accel_bias[3], accel_walk, accel_drift, accel_drift_time_s, accel_limit;
    double gyro_matrix[9], gyro_bias[3], gyro_walk, gyro_limit;
    double gyro_drift, gyro_drift_time_s, gyro_per_m_s2, rectified; /* rad/s; s; rad/s per m/s2; rad/s at full thrust */
} pl_imu_config;

typedef struct {
    uint64_t stream;
    uint32_t period, phase, latency; /* ticks */
    double position[3], head[6]; /* as mounted, misalignment included */
    double min_m, max_m, bias, noise, noise_ratio, scale, cos_incidence, half_range_m, false_return, rate_noise;
    double footprint; /* beam width, rad: shorter relief is not resolved */
    double beam_half, side_lobe;   /* rad, 0: no first return; two-way power of the lobe straight down, 0: none */
    double slope_noise;            /* part of the footprint's spread in range on a slope that is noise */
    double dust_below_m, dust_blind, dust_short;
} pl_altimeter_config;

typedef struct {
    uint64_t stream;
    uint32_t period, phase, latency;
    double position[3], beam[9], max_m, cos_incidence, bias[3], noise, noise_ratio, dropout, footprint;
} pl_velocimeter_config;

typedef struct {
    uint64_t stream;
    uint32_t period, phase, latency;
    double noise, bias[3], max_rate, dropout;
} pl_star_config;

typedef struct {
    pl_imu_config imu[2];
    pl_altimeter_config altimeter[2]; /* laser, radar */
    pl_velocimeter_config velocimeter;
    pl_star_config star;
    uint64_t housekeeping_stream;
    double gauge_bias, gauge_noise, pressure_ratio;
} pl_sensors;

typedef struct {
    int active, dead, frozen, hide_age, until_power_cycle, beams_lost, beams, axes, stuck;
    double delay_s, bias, rate_bias, scale, noise, tail_probability, tail_size, intermittent, max_m;
    double ramp, wave, wave_s, wave_from_s, stuck_at;
} pl_unit_effect;

typedef struct {
    int active, dead, frozen, accel_zero, gyro_zero, until_power_cycle;
    double accel_bias[3], gyro_bias[3], accel_limit, gyro_limit, noise;
    double accel_scale[3], gyro_scale[3], accel_ramp[3], gyro_ramp[3];
} pl_imu_effect;

typedef struct {
    int active, dead;
    double thrust_factor, stuck_throttle, delay_s;
} pl_engine_effect;

typedef struct {
    int active;
    double tank_kpa_s, pressurant_kpa_s, leak_kg_s;
} pl_tank_effect;

typedef struct {
    int active, stuck;
    double bias, ramp, scale, stuck_at;
} pl_gauge_effect;

typedef struct {
    int active;
    int off_bits, on_bits;
} pl_bits_effect;

typedef struct {
    pl_imu_effect imu[2];
    pl_unit_effect unit[4]; /* laser, radar, velocimeter, star tracker */
    pl_engine_effect engine[PL_ENGINES];
    pl_tank_effect tank;
    pl_gauge_effect gauge;
    pl_bits_effect rcs, contact, discretes;
} pl_effects;

typedef struct {
    uint32_t taken, due;
    uint8_t status, beams;
    double value[4];
} pl_sample;

typedef struct {
    uint32_t first, count, ready;
    int started;
    pl_sample current, ring[PL_QUEUE];
} pl_queue;

typedef struct {
    double delay_left_s, valve, level, thrust_n; /* valve and level: fraction of full thrust before and after the lag */
    double command[PL_DELAY];                    /* throttle asked for, by tick; 0 = off */
} pl_engine_state;

typedef struct {
    uint32_t tick;
    double vertical_m_s, horizontal_m_s, tilt_deg, rate_deg_s, downrange_m, left_m, slope_deg, propellant_kg;
} pl_touchdown;

typedef struct {
    uint32_t tick, ground_check, rest_ticks;
    double y[13]; /* position of the body origin and Moon-relative velocity, site frame; attitude; inertial body rate */
    double propellant_kg, tank_kpa, pressurant_offset_kpa;
    pl_engine_state engine[PL_ENGINES];
    double dtheta[3], dvel[3], drift[6], gyro_drift[6], imu_last[12];
    uint8_t imu_last_status[2];
    uint32_t imu_ready[2];
    pl_queue queue[4];
    double point_force[PL_POINTS];
    uint32_t cured; /* faults that a power cycle has ended */
    uint32_t leg_contact, ever_contact, switches, legs_out_tick, payload_tick;
    int landed, crashed, tipped, hull_strike, wrecked;
    double worst_impact_m_s;
    pl_touchdown approach, touchdown;
    double tank_reading[3];
    uint8_t payload[256];
    pl_effects effects;
} pl_state;

/* A spherical harmonic series, fully normalised, by degree then order in rows of degree + 1; Moon-fixed axes. */
typedef struct {
    int degree;
    double mu, radius_m; /* m3/s2, m: of the series */
    const double *cosine, *sine;
} pl_harmonics;

/* Disturbing gravity on a lattice in arcs downrange and left and height above the sphere (m); each node three float32,
   m/s2 along the site's axes. Outside the state. */
typedef struct {
    int count[3];
    double first[3], per[3];
    const float *node; /* NULL: the central term only */
} pl_strip;

typedef struct {
    double mu, radius_m, moon_rate[3], site_from_inertial[4];
    pl_strip gravity;
    pl_vehicle vehicle;
    pl_terrain terrain;
    pl_sensors sensors;
    pl_state state;
    double *record; /* rows of PL_RECORD doubles, one a sub-step; outside the state */
    uint32_t record_rows, record_used;
} pl_world;

typedef struct {
    int hit;
    double range_m, cos_incidence, albedo;
} pl_ray;

/* Bounds of one item of an actuator frame: where its value stands, its type as struct has it, raw units. */
typedef struct {
    uint32_t at, kind;
    double low, high;
} pl_limit;

/* Lock-step in C, see lockstep.c. */
typedef struct {
    /* the flight computer: step(n, time_us) serves the n bytes at `in` and leaves so many at `out` */
    int (*step)(int, uint64_t);
    uint8_t *in;
    const uint8_t *out;
    /* what a sound answer looks like */
    uint32_t actuators_bytes, sensors_bytes, content_bytes, n_limits, contact_ticks;
    const uint8_t *mask, *marks;
    const pl_limit *limits;
    int throttle_step;
    /* where to stop: at a tick; at the first row from a tick on, or at or below a height, or at any */
    uint32_t until, row_tick;
    double low_m;
    int ends;
    /* worlds that lack one fault each */
    pl_world *twin[PL_TWINS];
    uint32_t n_twins, differ;
    /* what the bridge keeps, handed in and back */
    uint8_t held[PL_LONGEST];
    int holds, safed, throttle[PL_ENGINES];
    uint32_t mode, enable, last_thrust, contact, confirmed;
    /* what came of it: flight content of each sound frame; truth and frame of each row; time by part */
    int reply;
    uint32_t sound, rows, rows_room;
    uint8_t *content, *frames;
    double *truths;
    uint64_t spent_ns[4];
} pl_loop;
