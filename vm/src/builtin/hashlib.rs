//! `hashlib`: SHA-256, SHA-1 and MD5, by the RustCrypto crates.

use sha2::digest::Digest;
use sha2::digest::common::hazmat::SerializableState;

use crate::native::{Args, Item, ModuleDef, Res, Sink, TypeDef, func, member};
use crate::q;
use crate::raise::Raised;
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
    ($def:ident, $name:literal, $state:ty) => {
        static $def: TypeDef = TypeDef {
            make_new: Some(|vm, _, args| make::<$state>(vm, &$def, args)),
            print: Some(|vm, _, sink, _| print(vm, sink, concat!("<", $name, ">"))),
            members: &[
                func(q!("update"), 2, 2, |vm, args| {
                    update::<$state>(vm, &$def, args)
                }),
                func(q!("digest"), 1, 1, |vm, args| {
                    digest::<$state>(vm, &$def, args)
                }),
            ],
            ..TypeDef::new(q!($name))
        };
    };
}

// build.rs collects names from these: q!("md5") q!("sha1") q!("sha256")
#[cfg(feature = "mod-hashlib-more")]
hash_type!(MD5, "md5", md5::Md5);
#[cfg(feature = "mod-hashlib-more")]
hash_type!(SHA1, "sha1", sha1::Sha1);
hash_type!(SHA256, "sha256", sha2::Sha256);

fn print(vm: &mut Vm<'_>, sink: Sink, text: &str) -> Res<()> {
    vm.write(sink, text.as_bytes())
}

#[cold]
fn no_buffer(vm: &mut Vm<'_>) -> Raised {
    vm.type_error("object with buffer protocol required")
}

fn make<S: Digest + SerializableState>(vm: &mut Vm<'_>, of: &'static TypeDef, args: Args) -> Res {
    let state = S::new().serialize();
    let v = vm.new_opaque(of, state.len())?;
    vm.opaque_mut(v).copy_from_slice(&state);
    if let Some(data) = args.get(0) {
        add::<S>(vm, v, data)?;
    }
    Ok(v)
}

/// The hash that a method is called on, as long as it is not final.
fn receiver(vm: &mut Vm<'_>, of: &'static TypeDef, args: Args) -> Res {
    let v = vm.native_part(args.at(0));
    if !vm.is_opaque(v, of) {
        return Err(vm.type_error("argument has wrong type"));
    }
    if vm.header(v).flags & FINAL != 0 {
        return Err(vm.value_error("hash is final"));
    }
    Ok(v)
}

fn state<S: SerializableState>(vm: &mut Vm<'_>, v: Value) -> Res<S> {
    let found = vm
        .opaque(v)
        .try_into()
        .ok()
        .and_then(|bytes| S::deserialize(bytes).ok());
    match found {
        Some(state) => Ok(state),
        None => Err(vm.value_error("hash is final")),
    }
}

fn add<S: Digest + SerializableState>(vm: &mut Vm<'_>, v: Value, data: Value) -> Res<()> {
    let mut state = state::<S>(vm, v)?;
    match vm.bytes_of(data) {
        Some(bytes) => state.update(bytes),
        None => return Err(no_buffer(vm)),
    }
    vm.opaque_mut(v).copy_from_slice(&state.serialize());
    Ok(())
}

fn update<S: Digest + SerializableState>(vm: &mut Vm<'_>, of: &'static TypeDef, args: Args) -> Res {
    let v = receiver(vm, of, args)?;
    add::<S>(vm, v, args.at(1))?;
    Ok(Value::NONE)
}

fn digest<S: Digest + SerializableState>(vm: &mut Vm<'_>, of: &'static TypeDef, args: Args) -> Res {
    let v = receiver(vm, of, args)?;
    let state = state::<S>(vm, v)?;
    vm.header_mut(v).flags |= FINAL;
    vm.new_bytes(&state.finalize())
}
