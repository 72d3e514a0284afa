//! `hashlib`: SHA-256, SHA-1 and MD5.

use crate::codec::hash::{self, Algorithm, Hash, STATE};
use crate::heap::Kind;
use crate::native::{Args, Item, ModuleDef, Res, Sink, TypeDef, TypeSpec, func_1, func_2, member};
use crate::q;
use crate::raise::Raised;
use crate::type_def;
use crate::value::Value;
use crate::vm::Vm;

/// The module.
pub(super) static HASHLIB: ModuleDef = ModuleDef::new(
    q!("hashlib"),
    &[
        #[cfg(feature = "mod-hashlib-more")]
        member(q!("md5"), Item::Type(&MD5)),
        #[cfg(feature = "mod-hashlib-more")]
        member(q!("sha1"), Item::Type(&SHA1)),
        member(q!("sha256"), Item::Type(&SHA256)),
    ],
);

/// Header flag of a hash that was read: it takes no more.
const FINAL: u8 = 1;

/// Declares the type of a hash: an object that holds the state between updates.
macro_rules! hash_type {
    ($def:ident, $name:literal) => {
        static $def: TypeDef = type_def!(TypeSpec {
            make_new: Some(|vm, _, args| make(vm, &$def, &hash::$def, args)),
            print: Some(|vm, _, sink, _| print(vm, sink, concat!("<", $name, ">"))),
            members: &[
                func_2(q!("update"), |vm, v, data| {
                    update(vm, &$def, &hash::$def, v, data)
                }),
                func_1(q!("digest"), |vm, v| { digest(vm, &$def, &hash::$def, v) }),
            ],
            ..TypeSpec::new(q!($name))
        });
    };
}

// build.rs collects names from these: q!("md5") q!("sha1") q!("sha256")
#[cfg(feature = "mod-hashlib-more")]
hash_type!(MD5, "md5");
#[cfg(feature = "mod-hashlib-more")]
hash_type!(SHA1, "sha1");
hash_type!(SHA256, "sha256");

fn print(vm: &mut Vm<'_>, sink: Sink, text: &str) -> Res<()> {
    vm.write(sink, text.as_bytes())
}

#[cold]
fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error(msg!("object with buffer protocol required"))
}

fn make(vm: &mut Vm<'_>, def: &'static TypeDef, of: &Algorithm, args: Args) -> Res {
    let v = vm.new_opaque(def, STATE)?;
    save(vm, v, &Hash::new(of));
    if let Some(data) = args.get(0) {
        add(vm, v, of, data)?;
    }
    Ok(v)
}

/// The hash that a method is called on, as long as it is not final.
fn receiver(vm: &mut Vm<'_>, of: &'static TypeDef, v: Value) -> Res {
    let v = vm.native_part(v);
    if !vm.is_opaque(v, of) {
        return Err(vm.type_error(msg!("argument has wrong type")));
    }
    if vm.header(v).flags & FINAL != 0 {
        return Err(vm.value_error(msg!("hash is final")));
    }
    Ok(v)
}

/// The hash that an object holds, and writing it back.
fn read(vm: &Vm<'_>, of: &Algorithm, v: Value) -> Hash {
    let state = vm.opaque(v).first_chunk();
    state.map_or_else(|| Hash::new(of), Hash::read)
}

fn save(vm: &mut Vm<'_>, v: Value, hash: &Hash) {
    if let Some(bytes) = vm.opaque_mut(v).first_chunk_mut() {
        hash.save(bytes);
    }
}

fn add(vm: &mut Vm<'_>, v: Value, of: &Algorithm, data: Value) -> Res<()> {
    let mut hash = read(vm, of, v);
    match vm.bytes_of(data) {
        Some(bytes) => hash.update(of, bytes),
        None => return Err(no_buffer(vm)),
    }
    save(vm, v, &hash);
    Ok(())
}

fn update(vm: &mut Vm<'_>, def: &'static TypeDef, of: &Algorithm, v: Value, data: Value) -> Res {
    let v = receiver(vm, def, v)?;
    add(vm, v, of, data)?;
    Ok(Value::NONE)
}

fn digest(vm: &mut Vm<'_>, def: &'static TypeDef, of: &Algorithm, v: Value) -> Res {
    let v = receiver(vm, def, v)?;
    let hash = read(vm, of, v);
    vm.header_mut(v).flags |= FINAL;
    let digest = vm.alloc_bytes(Kind::Bytes, of.digest_len)?;
    hash.finish(of, vm.raw_mut(digest));
    Ok(digest)
}
