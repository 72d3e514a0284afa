//! `framebuf`: pixels in a buffer of the program's, and shapes and text drawn there, as displays take them.
//!
//! Coordinates beyond 2^24 either way are taken as that. Letters are those of the crate font8x8, not MicroPython's own: of the
//! same size, in other shapes.

mod polygon;
mod shapes;
mod surface;

use crate::native::{Args, Item, ModuleDef, Res, TypeDef, TypeSpec, func, member};
use crate::object::exception as types;
use crate::q;
use crate::raise::Raised;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

use polygon::Polygon;
use surface::{Format, Shape, Surface};

/// The module.
pub(super) static FRAMEBUF: ModuleDef = ModuleDef::new(
    q!("framebuf"),
    &[
        member(q!("FrameBuffer"), Item::Type(&FRAME_BUFFER)),
        // The first version's class: its only format.
        func(q!("FrameBuffer1"), 3, 4, |vm, args| {
            let format = Value::small(Format::MonoVlsb as isize);
            let stride = args.get(3).unwrap_or(args.at(1));
            new(
                vm,
                args.at(0),
                [args.at(1), args.at(2), stride, format],
                true,
            )
        }),
        member(q!("MVLSB"), Item::Int(Format::MonoVlsb as isize)),
        member(q!("MONO_VLSB"), Item::Int(Format::MonoVlsb as isize)),
        member(q!("RGB565"), Item::Int(Format::Rgb565 as isize)),
        member(q!("GS2_HMSB"), Item::Int(Format::Gs2Hmsb as isize)),
        member(q!("GS4_HMSB"), Item::Int(Format::Gs4Hmsb as isize)),
        member(q!("GS8"), Item::Int(Format::Gs8 as isize)),
        member(q!("MONO_HLSB"), Item::Int(Format::MonoHlsb as isize)),
        member(q!("MONO_HMSB"), Item::Int(Format::MonoHmsb as isize)),
    ],
);

/// Slots of a frame buffer: the bytes, and four numbers.
const BYTES: usize = 1;
const WIDTH: usize = 2;
const HEIGHT: usize = 3;
const STRIDE: usize = 4;
const FORMAT: usize = 5;

static FRAME_BUFFER: TypeDef = type_def!(TypeSpec {
    make_new: Some(|vm, _, args| {
        let stride = args.get(4).unwrap_or(args.at(1));
        new(
            vm,
            args.at(0),
            [args.at(1), args.at(2), stride, args.at(3)],
            true,
        )
    }),
    keywords: false,
    arity: (4, 5),
    buffer: Some(crate::object::buffer::lend),
    members: &[
        func(q!("fill"), 2, 2, |vm, args| {
            draw(vm, args, |s, n| {
                s.fill(0, 0, s.shape.width, s.shape.height, n[0])
            })
        }),
        func(q!("fill_rect"), 6, 6, |vm, args| {
            draw(vm, args, |s, n| s.fill(n[0], n[1], n[2], n[3], n[4]))
        }),
        func(q!("pixel"), 3, 4, pixel),
        func(q!("hline"), 5, 5, |vm, args| {
            draw(vm, args, |s, n| s.fill(n[0], n[1], n[2], 1, n[3]))
        }),
        func(q!("vline"), 5, 5, |vm, args| {
            draw(vm, args, |s, n| s.fill(n[0], n[1], 1, n[2], n[3]))
        }),
        func(q!("rect"), 6, 7, |vm, args| {
            draw(vm, args, |s, n| match n[FILL] {
                0 => s.outline(n[0], n[1], n[2], n[3], n[4]),
                _ => s.fill(n[0], n[1], n[2], n[3], n[4]),
            })
        }),
        func(q!("line"), 6, 6, |vm, args| {
            draw(vm, args, |s, n| s.line((n[0], n[1]), (n[2], n[3]), n[4]))
        }),
        func(q!("ellipse"), 6, 8, |vm, args| {
            draw(vm, args, |s, n| {
                let quarters = if n[COUNT] == 7 {
                    n[6]
                } else {
                    shapes::QUARTERS
                };
                let radius = |n: i32| n.clamp(-0xFFFF, 0xFFFF);
                let radii = (radius(n[2]), radius(n[3]));
                s.ellipse((n[0], n[1]), radii, n[4], n[FILL] != 0, quarters);
            })
        }),
        func(q!("poly"), 5, 6, poly),
        func(q!("text"), 4, 5, text),
        func(q!("scroll"), 3, 3, |vm, args| draw(vm, args, |s, n| s
            .scroll(n[0], n[1]))),
        func(q!("blit"), 4, 6, blit),
    ],
    ..TypeSpec::new(q!("FrameBuffer"))
});

/// A frame buffer of these numbers: width, height, stride, format. Its bytes, which it has to be possible to change if it is
/// drawn on, have to have room.
fn new(vm: &mut Vm<'_>, bytes: Value, given: [Value; 4], is_drawn_on: bool) -> Res {
    let mut numbers = [0; 4];
    for i in 0..4 {
        numbers[i] = vm.as_index(given[i])?;
    }
    let [width, height, stride, format] = numbers;
    let in_range = |n: isize| (1..=0xFFFF).contains(&n);
    if !(in_range(width) && in_range(height) && in_range(stride)) || stride < width {
        return Err(vm.error_bare(&types::VALUE_ERROR));
    }
    let Some(format) = Format::of(format) else {
        return Err(vm.value_error(msg!("invalid format")));
    };
    let shape = Shape::new(width as i32, height as i32, stride as i32, format);
    let len = match is_drawn_on {
        true => vm.bytes_mut(bytes).map(|bytes| bytes.len()),
        false => vm.bytes_of(bytes).map(<[u8]>::len),
    };
    match len {
        None => return Err(no_buffer(vm)),
        Some(len) if len < shape.bytes() => return Err(vm.error_bare(&types::VALUE_ERROR)),
        Some(_) => {}
    }
    let number = |n: i32| Value::small(n as isize);
    let fields = [
        bytes,
        number(shape.width),
        number(shape.height),
        number(shape.stride),
        number(shape.format as i32),
    ];
    vm.new_object(FRAME_BUFFER.value(), &fields)
}

fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("object with buffer protocol required"))
}

/// The bytes that a frame buffer is drawn in; nothing for other objects.
pub(crate) fn bytes(vm: &Vm<'_>, v: Value) -> Option<Value> {
    match vm.is_object(v, &FRAME_BUFFER) {
        true => vm.slot(v, BYTES),
        false => None,
    }
}

/// What is drawn on or copied from: a value with the bytes, and how they are to be seen.
struct Target {
    bytes: Value,
    shape: Shape,
}

impl Target {
    /// That of a frame buffer.
    fn of(vm: &Vm<'_>, v: Value) -> Target {
        let number = |slot: usize| vm.slot_int(v, slot);
        Target {
            bytes: vm.slot(v, BYTES).unwrap_or(Value::NONE),
            shape: Shape {
                width: number(WIDTH) as i32,
                height: number(HEIGHT) as i32,
                stride: number(STRIDE) as i32,
                format: Format::of(number(FORMAT)).unwrap_or(Format::MonoVlsb),
            },
        }
    }

    /// What can be drawn on; nothing where the bytes cannot be changed any more.
    fn surface<'v>(&'v self, vm: &'v mut Vm<'_>) -> Option<Surface<'v>> {
        let shape = &self.shape;
        vm.bytes_mut(self.bytes)
            .map(|bytes| Surface { bytes, shape })
    }

    fn pixel(&self, vm: &Vm<'_>, x: i32, y: i32) -> i32 {
        let bytes = vm.bytes_of(self.bytes).unwrap_or(b"");
        self.shape.pixel(bytes, x, y)
    }
}

/// The frame buffer that a method is called on.
fn receiver(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    vm.check_object(v, &FRAME_BUFFER)?;
    Ok(v)
}

/// A frame buffer, or one of a tuple or list of what one is made of, which need not be drawn on.
fn source(vm: &mut Vm<'_>, v: Value) -> Res {
    let inner = vm.native_part(v);
    if vm.is_object(inner, &FRAME_BUFFER) {
        return Ok(inner);
    }
    vm.checked_sequence_len(v)?;
    let items = vm.sequence_items(v).unwrap_or(&[]);
    let &[
        Some(bytes),
        Some(width),
        Some(height),
        Some(format),
        ref rest @ ..,
    ] = items
    else {
        return Err(vm.error_bare(&types::VALUE_ERROR));
    };
    let stride = rest.first().copied().flatten().unwrap_or(width);
    // Code of the program's may run meanwhile, and empty the list.
    for part in [bytes, width, height, format, stride] {
        vm.root(part)?;
    }
    let made = new(vm, bytes, [width, height, stride, format], false)?;
    vm.root(made)?;
    Ok(made)
}

/// A coordinate or colour.
fn number(vm: &mut Vm<'_>, v: Value) -> Res<i32> {
    const MOST: isize = 1 << 24;
    Ok(vm.as_index(v)?.clamp(-MOST, MOST) as i32)
}

/// An argument that may be left out.
fn number_or(vm: &mut Vm<'_>, args: Args, i: usize, default: i32) -> Res<i32> {
    match args.get(i) {
        Some(v) => number(vm, v),
        None => Ok(default),
    }
}

/// What a pixel of a line or a copy takes, in products of digits ([`Budget`](crate::budget::Budget)).
const WORK: usize = 4;

/// Which argument of `rect` and `ellipse`, behind the receiver, says whether to fill: anything that is true.
const FILL: usize = 5;
/// Where the number of arguments behind the receiver is found.
const COUNT: usize = 7;

/// Draws by the numbers that a method was given.
fn draw(vm: &mut Vm<'_>, args: Args, shape: fn(&mut Surface<'_>, &[i32; 8])) -> Res {
    let v = receiver(vm, args)?;
    let target = Target::of(vm, v);
    let mut numbers = [0; 8];
    for i in 1..args.len() {
        let v = args.at(i);
        numbers[i - 1] = match i - 1 == FILL {
            true => vm.truth(v)? as i32,
            false => number(vm, v)?,
        };
    }
    numbers[COUNT] = args.len() as i32 - 1;
    // A line or an ellipse goes along its longer side.
    let longest = numbers[..4].iter().map(|n| n.unsigned_abs()).max();
    vm.budget.multiplied(longest.unwrap_or(0) as usize, WORK);
    if let Some(mut surface) = target.surface(vm) {
        shape(&mut surface, &numbers);
    }
    Ok(Value::NONE)
}

/// Reads a pixel, or draws one.
fn pixel(vm: &mut Vm<'_>, args: Args) -> Res {
    if args.len() == 4 {
        return draw(vm, args, |s, n| s.set(n[0], n[1], n[2]));
    }
    let v = receiver(vm, args)?;
    let target = Target::of(vm, v);
    let (x, y) = (number(vm, args.at(1))?, number(vm, args.at(2))?);
    Ok(match target.shape.contains(x, y) {
        true => Value::small(target.pixel(vm, x, y) as isize),
        false => Value::NONE,
    })
}

fn poly(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = receiver(vm, args)?;
    let target = Target::of(vm, v);
    let place = (number(vm, args.at(1))?, number(vm, args.at(2))?);
    if vm.bytes_of(args.at(3)).is_none() {
        return Err(no_buffer(vm));
    }
    let polygon = Polygon {
        place,
        coordinates: args.at(3),
        colour: number(vm, args.at(4))?,
        fill: match args.get(5) {
            Some(fill) => vm.truth(fill)?,
            None => false,
        },
    };
    polygon::draw(vm, &target, &polygon)?;
    Ok(Value::NONE)
}

/// Draws a text, 8 by 8 pixels a byte.
fn text(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = receiver(vm, args)?;
    let target = Target::of(vm, v);
    let text = args.at(1);
    if vm.bytes_of(text).is_none() {
        return Err(vm.cannot_convert_implicitly(text, "str"));
    }
    let (mut x, y) = (number(vm, args.at(2))?, number(vm, args.at(3))?);
    let colour = number_or(vm, args, 4, 1)?;
    let mut i = 0;
    while let Some(byte) = vm.bytes_of(text).and_then(|bytes| bytes.get(i).copied())
        && let Some(mut surface) = target.surface(vm)
    {
        for (row, bits) in (y..).zip(glyph(byte)) {
            for column in 0..8 {
                if bits >> column & 1 != 0 {
                    surface.set(x + column, row, colour);
                }
            }
        }
        x += 8;
        i += 1;
    }
    Ok(Value::NONE)
}

/// The pictures of what can be printed, by rows, the left pixel in bit 0.
static GLYPHS: [[u8; 8]; 0x7F - b' ' as usize] = {
    let mut glyphs = [[0; 8]; 0x7F - b' ' as usize];
    let mut i = 0;
    while i < glyphs.len() {
        glyphs[i] = font8x8::legacy::BASIC_LEGACY[b' ' as usize + i];
        i += 1;
    }
    glyphs
};

/// The picture of a byte: of one that cannot be printed, a chequerboard.
fn glyph(byte: u8) -> &'static [u8; 8] {
    let i = usize::from(byte.wrapping_sub(b' '));
    GLYPHS
        .get(i)
        .unwrap_or(&[0xAA, 0x55, 0xAA, 0x55, 0xAA, 0x55, 0xAA, 0x55])
}

/// Copies another frame buffer over this one, but for pixels of the key's colour.
fn blit(vm: &mut Vm<'_>, args: Args) -> Res {
    let v = receiver(vm, args)?;
    let target = Target::of(vm, v);
    let from = source(vm, args.at(1))?;
    let picture = Target::of(vm, from);
    let (x, y) = (number(vm, args.at(2))?, number(vm, args.at(3))?);
    let key = number_or(vm, args, 4, -1)?;
    let has_palette = args.get(5).is_some_and(|v| v != Value::NONE);
    let palette = match has_palette {
        true => source(vm, args.at(5))?,
        false => from,
    };
    let palette = Target::of(vm, palette);
    let (left, top) = (x.max(0), y.max(0));
    let right = (x + picture.shape.width).min(target.shape.width);
    let bottom = (y + picture.shape.height).min(target.shape.height);
    for row in top..bottom {
        vm.budget.multiplied((right - left).max(0) as usize, WORK);
        for column in left..right {
            let mut colour = picture.pixel(vm, column - x, row - y);
            if has_palette {
                colour = palette.pixel(vm, colour, 0);
            }
            if colour != key
                && let Some(mut surface) = target.surface(vm)
            {
                surface.set(column, row, colour);
            }
        }
    }
    Ok(Value::NONE)
}
