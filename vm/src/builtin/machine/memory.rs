//! `machine.mem8`, `mem16`, `mem32`: memory by address, as far as `uctypes` reaches it (invariant 2): live buffers, and what
//! the board answers for.

use crate::builtin::uctypes;
use crate::heap::{Header, Kind};
use crate::message::Part;
use crate::native::{Access, NativeConst, Res, TypeDef, TypeSpec};
use crate::q;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// The objects differ in the bytes of an access, which the header tells.
const fn of(bytes: u16) -> NativeConst {
    NativeConst {
        header: Header {
            aux: bytes,
            ..Header::new(Kind::NativeConst, 0)
        },
        def: &MEMORY,
    }
}

/// `mem8`
pub(super) static MEM8: NativeConst = of(1);
/// `mem16`
pub(super) static MEM16: NativeConst = of(2);
/// `mem32`
pub(super) static MEM32: NativeConst = of(4);

static MEMORY: TypeDef = type_def!(TypeSpec {
    print: Some(|vm, v, sink, _| {
        let bits = 8 * vm.header(v).aux;
        vm.write_with(sink, msg!("<%-bit memory>"), &[Part::Int(bits as isize)])
    }),
    subscr: Some(subscr),
    ..TypeSpec::new(q!("mem"))
});

fn subscr(vm: &mut Vm<'_>, v: Value, address: Value, access: Access) -> Res {
    let bytes = usize::from(vm.header(v).aux);
    let address = vm.as_word(address)? as usize;
    if !address.is_multiple_of(bytes) {
        return Err(vm.error_with(
            &crate::object::exception::VALUE_ERROR,
            msg!("address % is not aligned to % bytes"),
            &[Part::Hex(address, 8), Part::count(bytes)],
        ));
    }
    let place = uctypes::place(vm, address);
    let mut word = [0; 4];
    match access {
        Access::Load => {
            uctypes::read(vm, place, &mut word[..bytes])?;
            #[cfg(target_endian = "big")]
            word[..bytes].reverse();
            vm.new_int(u32::from_le_bytes(word).into())
        }
        Access::Store(value) => {
            word = (vm.as_word(value)? as u32).to_le_bytes();
            let word = &mut word[..bytes];
            #[cfg(target_endian = "big")]
            word.reverse();
            uctypes::write(vm, place, word)?;
            Ok(Value::NONE)
        }
        Access::Delete => Err(vm.type_error(msg!("object doesn't support item deletion"))),
    }
}
