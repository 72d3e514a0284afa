//! Lines and ellipses, of whole pixels.

use super::surface::Surface;

/// Quarters of an ellipse, from the upper right one on against the clock.
pub(super) const QUARTERS: i32 = 15;

impl Surface<'_> {
    /// The outline of a rectangle.
    pub(super) fn outline(&mut self, x: i32, y: i32, width: i32, height: i32, colour: i32) {
        self.fill(x, y, width, 1, colour);
        self.fill(x, y + height - 1, width, 1, colour);
        self.fill(x, y, 1, height, colour);
        self.fill(x + width - 1, y, 1, height, colour);
    }

    /// A line by Bresenham's algorithm: one pixel for each step along its longer side.
    pub(super) fn line(&mut self, (x1, y1): (i32, i32), (x2, y2): (i32, i32), colour: i32) {
        let (dx, dy) = ((x2 - x1).abs(), (y2 - y1).abs());
        let is_steep = dy > dx;
        let ((mut along, mut across), (long, short)) = match is_steep {
            true => ((y1, x1), (dy, dx)),
            false => ((x1, y1), (dx, dy)),
        };
        let (step, aside) = match is_steep {
            true => (towards(y1, y2), towards(x1, x2)),
            false => (towards(x1, x2), towards(y1, y2)),
        };
        let mut error = 2 * short - long;
        for _ in 0..long {
            match is_steep {
                true => self.set(across, along, colour),
                false => self.set(along, across, colour),
            }
            if error >= 0 {
                across += aside;
                error -= 2 * long;
            }
            along += step;
            error += 2 * short;
        }
        self.set(x2, y2, colour);
    }

    /// The quarters of an ellipse that a mask has bits for, by Kennedy's algorithm of two halves: one steps down along
    /// the steep part, the other sideways along the flat one.
    pub(super) fn ellipse(
        &mut self,
        centre: (i32, i32),
        (a, b): (i32, i32),
        colour: i32,
        fill: bool,
        quarters: i32,
    ) {
        if (a, b) == (0, 0) {
            if quarters & QUARTERS != 0 {
                self.set(centre.0, centre.1, colour);
            }
            return;
        }
        let mut draw = |x, y| self.quarters(centre, (x, y), colour, fill, quarters);
        arc((a, b), &mut draw);
        arc((b, a), &mut |y, x| draw(x, y));
    }

    /// The points of an ellipse that mirror one another, or lines from them to the middle.
    fn quarters(
        &mut self,
        (cx, cy): (i32, i32),
        (x, y): (i32, i32),
        colour: i32,
        fill: bool,
        quarters: i32,
    ) {
        for quarter in 0..4 {
            if quarters >> quarter & 1 == 0 {
                continue;
            }
            let is_left = quarter == 1 || quarter == 2;
            let row = if quarter < 2 { cy - y } else { cy + y };
            let column = if is_left { cx - x } else { cx + x };
            match fill {
                true => self.fill(column.min(cx), row, x + 1, 1, colour),
                false => self.set(column, row, colour),
            }
        }
    }
}

fn towards(from: i32, to: i32) -> i32 {
    if to > from { 1 } else { -1 }
}

/// Part of a quarter of an ellipse: from `u` at its radius down, a step of `v` each, for as long as the curve goes more
/// along `v` than along `u`.
fn arc((u_radius, v_radius): (i32, i32), draw: &mut dyn FnMut(i32, i32)) {
    let square = |radius: i32| i64::from(radius) * i64::from(radius);
    let (u_square, v_square) = (square(u_radius), square(v_radius));
    let (mut u, mut v) = (u_radius, 0);
    let mut u_change = v_square * (1 - 2 * i64::from(u_radius));
    let mut v_change = u_square;
    let mut error = 0;
    let mut u_left = 2 * v_square * i64::from(u_radius);
    let mut v_left = 0;
    while u_left >= v_left {
        draw(u, v);
        v += 1;
        v_left += 2 * u_square;
        error += v_change;
        v_change += 2 * u_square;
        if 2 * error + u_change > 0 {
            u -= 1;
            u_left -= 2 * v_square;
            error += u_change;
            u_change += 2 * v_square;
        }
    }
}
