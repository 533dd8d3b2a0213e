#pragma once
/* Vectors, quaternions and the few elementary functions the world needs.
   log, exp, sin, cos and atan are our own because libm differs between systems and picks fused variants by
   processor: with these, one seed gives the same bytes everywhere that double is IEEE 754.
   Kernels: fdlibm (Sun Microsystems, freely redistributable), errors below 1 ulp. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define PL_PI 3.14159265358979323846

static inline double pl_dot(const double *a, const double *b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

static inline void pl_cross(const double *a, const double *b, double *out) {
    double x = a[1] * b[2] - a[2] * b[1], y = a[2] * b[0] - a[0] * b[2], z = a[0] * b[1] - a[1] * b[0];
    out[0] = x, out[1] = y, out[2] = z;
}

static inline double pl_norm(const double *a) { return sqrt(pl_dot(a, a)); }

/* Rotation matrix (row major) of unit quaternion q. */
static inline void pl_matrix(const double *q, double *c) {
    double w = q[0], x = q[1], y = q[2], z = q[3];
    c[0] = 1 - 2 * (y * y + z * z), c[1] = 2 * (x * y - w * z), c[2] = 2 * (x * z + w * y);
    c[3] = 2 * (x * y + w * z), c[4] = 1 - 2 * (x * x + z * z), c[5] = 2 * (y * z - w * x);
    c[6] = 2 * (x * z - w * y), c[7] = 2 * (y * z + w * x), c[8] = 1 - 2 * (x * x + y * y);
}

static inline void pl_rotate(const double *c, const double *v, double *out) {
    double x = pl_dot(c, v), y = pl_dot(c + 3, v), z = pl_dot(c + 6, v);
    out[0] = x, out[1] = y, out[2] = z;
}

static inline void pl_rotate_back(const double *c, const double *v, double *out) {
    double x = c[0] * v[0] + c[3] * v[1] + c[6] * v[2];
    double y = c[1] * v[0] + c[4] * v[1] + c[7] * v[2];
    double z = c[2] * v[0] + c[5] * v[1] + c[8] * v[2];
    out[0] = x, out[1] = y, out[2] = z;
}

static inline void pl_qmul(const double *a, const double *b, double *out) {
    double w = a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3];
    double x = a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2];
    double y = a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1];
    double z = a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0];
    out[0] = w, out[1] = x, out[2] = y, out[3] = z;
}

static inline void pl_qnormalise(double *q) {
    double n = 1.0 / sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
    q[0] *= n, q[1] *= n, q[2] *= n, q[3] *= n;
}

static inline double pl_clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

static inline double pl_smoothstep(double x) {
    if (x <= 0) return 0;
    if (x >= 1) return 1;
    return x * x * (3 - 2 * x);
}

static inline double pl_log(double x) {
    uint64_t bits;
    memcpy(&bits, &x, 8);
    int k = (int)(bits >> 52) - 1023;
    bits = (bits & 0xFFFFFFFFFFFFFull) | 0x3FF0000000000000ull;
    double m;
    memcpy(&m, &bits, 8);
    if (m > 1.4142135623730951) m *= 0.5, k++;
    double f = m - 1, s = f / (2 + f), z = s * s, w = z * z;
    double t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
    double t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01
                     + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
    double hfsq = 0.5 * f * f;
    return k * 6.93147180369123816490e-01 - ((hfsq - (s * (hfsq + t1 + t2) + k * 1.90821492927058770002e-10)) - f);
}

static inline double pl_exp(double x) {
    if (x < -700) return 0;
    if (x > 700) x = 700;
    double kd = x * 1.44269504088896338700 + (x < 0 ? -0.5 : 0.5);
    int k = (int)kd;
    double hi = x - k * 6.93147180369123816490e-01, lo = k * 1.90821492927058770002e-10;
    double r = hi - lo, t = r * r;
    double c = r - t * (1.66666666666666019037e-01 + t * (-2.77777777770155933842e-03
               + t * (6.61375632143793436117e-05 + t * (-1.65339022054652515390e-06
               + t * 4.13813679705723846039e-08))));
    double y = 1 - ((lo - (r * c) / (2 - c)) - hi);
    uint64_t bits = (uint64_t)(k + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, 8);
    return y * scale;
}

/* sin and cos of x, |x| < 1e5. */
static inline void pl_sincos(double x, double *sine, double *cosine) {
    int n = (int)(x * 6.36619772367581382433e-01 + (x < 0 ? -0.5 : 0.5));
    double r = (x - n * 1.57079632673412561417e+00) - n * 6.07710050650619224932e-11, z = r * r;
    double s = r + r * z * (-1.66666666666666324348e-01 + z * (8.33333333332248946124e-03
               + z * (-1.98412698298579493134e-04 + z * (2.75573137070700676789e-06
               + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)))));
    double c = 1 - 0.5 * z + z * z * (4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03
               + z * (2.48015872894767294178e-05 + z * (-2.75573143513906633035e-07
               + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)))));
    int quadrant = n & 3;
    *sine = quadrant == 0 ? s : quadrant == 1 ? c : quadrant == 2 ? -s : -c;
    *cosine = quadrant == 0 ? c : quadrant == 1 ? -s : quadrant == 2 ? -c : s;
}

static inline double pl_atan(double x) {
    static const double at[] = {3.33333333333329318027e-01, -1.99999999998764832476e-01, 1.42857142725034663711e-01,
                                -1.11111104054623557880e-01, 9.09088713343650656196e-02, -7.69187620504482999495e-02,
                                6.66107313738753120669e-02, -5.83357013379057348645e-02, 4.97687799461593236017e-02,
                                -3.65315727442169155270e-02, 1.62858201153657823623e-02};
    double a = fabs(x), base = 0, low = 0;
    if (a > 2.4375) {
        base = 1.57079632679489655800e+00, low = 6.12323399573676603587e-17, a = -1 / a;
    } else if (a > 1.1875) {
        base = 9.82793723247329054082e-01, low = 1.39033110312309984516e-17, a = (a - 1.5) / (1 + 1.5 * a);
    } else if (a > 0.6875) {
        base = 7.85398163397448278999e-01, low = 3.06161699786838301793e-17, a = (a - 1) / (a + 1);
    } else if (a > 0.4375) {
        base = 4.63647609000806093515e-01, low = 2.26987774529616870924e-17, a = (2 * a - 1) / (2 + a);
    }
    double z = a * a, w = z * z;
    double s1 = z * (at[0] + w * (at[2] + w * (at[4] + w * (at[6] + w * (at[8] + w * at[10])))));
    double s2 = w * (at[1] + w * (at[3] + w * (at[5] + w * (at[7] + w * at[9]))));
    double result = base == 0 ? a - a * (s1 + s2) : base - ((a * (s1 + s2) - low) - a);
    return x < 0 ? -result : result;
}

static inline double pl_atan2(double y, double x) {
    if (x > 0) return pl_atan(y / x);
    if (x < 0) return pl_atan(y / x) + (y < 0 ? -PL_PI : PL_PI);
    return y > 0 ? PL_PI / 2 : y < 0 ? -PL_PI / 2 : 0;
}

/* Quaternion of a rotation vector (rad). */
static inline void pl_qvector(const double *v, double *q) {
    double angle = pl_norm(v), s, c;
    pl_sincos(0.5 * angle, &s, &c);
    double k = angle > 1e-12 ? s / angle : 0.5;
    q[0] = c, q[1] = k * v[0], q[2] = k * v[1], q[3] = k * v[2];
}
