#include "raster.h"

#include "maths.h"
#include "types.h"

#define PL_EDGE 8.0

/* Bilinear in the copy whose posts are 2^level apart; i and j in posts of the raster itself. */
static double pl_post(const pl_raster *r, int level, double i, double j) {
    double scale = 1.0 / (double)(1 << level);
    int rows = r->rows[level], columns = r->columns[level];
    double x = pl_clamp(i * scale, 0, rows - 1), y = pl_clamp(j * scale, 0, columns - 1);
    int a = (int)x, b = (int)y;
    if (a > rows - 2) a = rows - 2;
    if (b > columns - 2) b = columns - 2;
    const float *p = r->height + r->at[level] + a * columns + b;
    double u = x - a, v = y - b;
    double low = (double)p[0] + v * ((double)p[1] - (double)p[0]);
    double high = (double)p[columns] + v * ((double)p[columns + 1] - (double)p[columns]);
    return low + u * (high - low);
}

double pl_overlaid(const pl_terrain *t, double s, double c, double lod, double h) {
    for (int n = 0; n < t->raster_count; n++) {
        const pl_raster *r = &t->raster[n];
        double i = (s - r->first_s_m) / r->post_m, j = (c - r->first_c_m) / r->post_m;
        double rows = r->rows[0] - 1, columns = r->columns[0] - 1;
        double inside = i < rows - i ? i : rows - i, across = j < columns - j ? j : columns - j;
        if (across < inside) inside = across;
        if (inside <= 0) continue;
        int level = 0;
        for (double post = 2 * r->post_m; level + 1 < r->levels && post <= lod; post *= 2) level++;
        h += pl_smoothstep(inside / PL_EDGE) * (pl_post(r, level, i, j) - h);
    }
    return h;
}
