//! Polygons: closed lines through points, and what they enclose by the even-odd rule.

use core::cmp::Ordering;

use super::{Target, WORK, number};
use crate::native::{Access, Res};
use crate::value::Value;
use crate::vm::Vm;

/// Small ints in a tuple that no program sees: a polygon's points, and where a row crosses its edges.
struct Scratch {
    cell: Value,
    /// How many points.
    points: usize,
}

impl Scratch {
    /// The points that an array has, an x and a y each.
    fn new(vm: &mut Vm<'_>, coordinates: Value) -> Res<Scratch> {
        let points = vm.len_of(coordinates)? / 2;
        let cell = vm.new_tuple_room(3 * points)?;
        vm.root(cell)?;
        let scratch = Scratch { cell, points };
        for i in 0..2 * points {
            let item = vm.subscr(coordinates, Value::small(i as isize), Access::Load)?;
            let n = number(vm, item)?;
            scratch.set(vm, i, n);
        }
        Ok(scratch)
    }

    fn get(&self, vm: &Vm<'_>, i: usize) -> i32 {
        vm.slot_int(self.cell, i) as i32
    }

    fn set(&self, vm: &mut Vm<'_>, i: usize, n: i32) {
        vm.set_slot(self.cell, i, Some(Value::small(n as isize)));
    }

    fn point(&self, vm: &Vm<'_>, i: usize) -> (i32, i32) {
        (self.get(vm, 2 * i), self.get(vm, 2 * i + 1))
    }

    /// An edge: point `i` and the one before it.
    fn edge(&self, vm: &Vm<'_>, i: usize) -> ((i32, i32), (i32, i32)) {
        let before = i.checked_sub(1).unwrap_or(self.points - 1);
        (self.point(vm, i), self.point(vm, before))
    }

    /// Adds a crossing to the `n` there are, in ascending order.
    fn cross(&self, vm: &mut Vm<'_>, n: usize, x: i32) {
        let first = 2 * self.points;
        let mut at = first + n;
        while at > first && self.get(vm, at - 1) > x {
            let larger = self.get(vm, at - 1);
            self.set(vm, at, larger);
            at -= 1;
        }
        self.set(vm, at, x);
    }
}

/// A polygon to be drawn somewhere in a colour.
pub(super) struct Polygon {
    pub(super) place: (i32, i32),
    pub(super) coordinates: Value,
    pub(super) colour: i32,
    pub(super) fill: bool,
}

/// Draws a polygon.
pub(super) fn draw(vm: &mut Vm<'_>, target: &Target, polygon: &Polygon) -> Res<()> {
    let scratch = Scratch::new(vm, polygon.coordinates)?;
    let (mut first, mut last) = (i32::MAX, i32::MIN);
    for i in 0..scratch.points {
        let (point, before) = scratch.edge(vm, i);
        (first, last) = (first.min(point.1), last.max(point.1));
        if !polygon.fill {
            line(vm, target, polygon, point, before);
        }
    }
    if polygon.fill {
        let (_, y) = polygon.place;
        for row in first.max(-y)..=last.min(target.shape.height - 1 - y) {
            fill_row(vm, target, polygon, &scratch, row);
        }
    }
    Ok(())
}

fn line(vm: &mut Vm<'_>, target: &Target, polygon: &Polygon, from: (i32, i32), to: (i32, i32)) {
    let (x, y) = polygon.place;
    let pixels = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1));
    vm.budget.multiplied(pixels as usize, WORK);
    if let Some(mut surface) = target.surface(vm) {
        let moved = |point: (i32, i32)| (point.0 + x, point.1 + y);
        surface.line(moved(from), moved(to), polygon.colour);
    }
}

/// Fills between the first and the second crossing, the third and the fourth, and so on; and draws lower ends of edges, which
/// cross no row there.
fn fill_row(vm: &mut Vm<'_>, target: &Target, polygon: &Polygon, scratch: &Scratch, row: i32) {
    let mut crossings = 0;
    vm.budget.multiplied(scratch.points, WORK);
    for i in 0..scratch.points {
        let ((x1, y1), (x2, y2)) = scratch.edge(vm, i);
        if (y1 > row) != (y2 > row) {
            // Rounded from 32nds of a pixel.
            let across = (32 * (x2 - x1) as isize).wrapping_mul((row - y1) as isize);
            let along = across.wrapping_div((y2 - y1) as isize);
            let x = (32 * x1 as isize + along + 16) / 32;
            scratch.cross(vm, crossings, x as i32);
            crossings += 1;
        } else if row == y1.max(y2) {
            let (from, to) = match y1.cmp(&y2) {
                Ordering::Less => (x2, x2),
                Ordering::Equal => (x1, x2),
                Ordering::Greater => (x1, x1),
            };
            line(vm, target, polygon, (from, row), (to, row));
        }
    }
    let (x, y) = polygon.place;
    for pair in 0..crossings / 2 {
        let at = 2 * (scratch.points + pair);
        let (from, to) = (scratch.get(vm, at), scratch.get(vm, at + 1));
        if let Some(mut surface) = target.surface(vm) {
            surface.fill(x + from, y + row, to - from + 1, 1, polygon.colour);
        }
    }
}
