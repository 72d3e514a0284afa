//! Data files of packages: `io.resource_stream` and `importlib.resources`.

use super::find::{Node, Path};
use crate::heap::Kind;
use crate::native::{
    Args, BinaryOp, Item, ModuleDef, PrintKind, Res, Sink, TypeDef, TypeSpec, func, func_1, member,
};
use crate::q;
use crate::stream::errno;
use crate::type_def;
use crate::value::{Slot, Value};
use crate::vm::Vm;

/// `io.resource_stream(package, resource)`: a binary stream. Package `None`: the resource is a path.
pub(crate) fn resource_stream(vm: &mut Vm<'_>, args: Args) -> Res {
    let mut path = Path::new();
    if args.at(0) != Value::NONE {
        path = folder_of(vm, args.at(0))?;
        path.push(b"/");
    }
    match vm.str_bytes(args.at(1)) {
        Some(name) => path.push(name),
        None => return Err(vm.type_error(msg!("can't convert to str implicitly"))),
    };
    vm.open_file(path.as_bytes())
}

/// The folder of a package, given as a module or by its name.
fn folder_of(vm: &mut Vm<'_>, package: Value) -> Res<Path> {
    let module = if vm.is_str(package) {
        let name = vm.name_of(package)?;
        vm.import_now(name)?
    } else {
        package
    };
    let folder = match vm.is(module, Kind::Module) {
        true => vm.dict_get_word(vm.field(module, 0), Value::qstr(q!("__path__"))),
        false => None,
    };
    match folder.and_then(|folder| vm.str_bytes(folder)) {
        Some(folder) => Ok(Path::join(b"", folder)),
        None => Err(vm.type_error(msg!("not a package"))),
    }
}

/// The module `importlib`.
pub(crate) static IMPORTLIB: ModuleDef = ModuleDef::new(
    q!("importlib"),
    &[
        func_1(q!("import_module"), |vm, v| {
            let name = vm.name_of(v)?;
            vm.import_now(name)
        }),
        member(q!("resources"), Item::Module(&RESOURCES)),
    ],
);

/// The module `importlib.resources`.
pub(crate) static RESOURCES: ModuleDef = ModuleDef::new(
    q!("importlib.resources"),
    &[
        func_1(q!("files"), |vm, folder| {
            let folder = folder_of(vm, folder)?;
            new_path(vm, folder)
        }),
        func(q!("open_binary"), 2, 2, |vm, args| {
            let path = resource(vm, args)?;
            vm.open_file(path.as_bytes())
        }),
        func(q!("open_text"), 2, 2, |vm, args| {
            let path = resource(vm, args)?;
            text_stream(vm, path)
        }),
        func(q!("read_binary"), 2, 2, |vm, args| {
            let path = resource(vm, args)?;
            read_binary(vm, path)
        }),
        func(q!("read_text"), 2, 2, |vm, args| {
            let path = resource(vm, args)?;
            read_text(vm, path)
        }),
        func(q!("is_resource"), 2, 2, |vm, args| {
            let path = resource(vm, args)?;
            let node = vm.node_at(path.as_bytes())?;
            Ok(Value::bool(node == Node::File))
        }),
    ],
);

/// The path of a package's resource, which is a plain name.
fn resource(vm: &mut Vm<'_>, args: Args) -> Res<Path> {
    let mut path = folder_of(vm, args.at(0))?;
    match vm.str_bytes(args.at(1)) {
        Some(name) if !name.contains(&b'/') => path.push(b"/").push(name),
        _ => return Err(vm.value_error(msg!("resource is not a name"))),
    };
    Ok(path)
}

fn read_binary(vm: &mut Vm<'_>, path: Path) -> Res {
    let stream = vm.open_file(path.as_bytes())?;
    vm.root(stream)?;
    let bytes = vm.call_method(stream, q!("read"), &[])?;
    vm.root(bytes)?;
    vm.call_method(stream, q!("close"), &[])?;
    Ok(bytes)
}

fn read_text(vm: &mut Vm<'_>, path: Path) -> Res {
    let bytes = read_binary(vm, path)?;
    crate::object::decode::decode_utf8(vm, bytes)
}

/// A text stream over a resource: its content decoded.
fn text_stream(vm: &mut Vm<'_>, path: Path) -> Res {
    let text = read_text(vm, path)?;
    vm.root(text)?;
    vm.call(crate::builtin::io::STRINGIO.value(), &[text])
}

// --- paths of resources ------------------------------------------------------------------------------------------------

/// A file or folder of a package: what `files()` gives. Its slot is its path.
static RESOURCE_PATH: TypeDef = type_def!(TypeSpec {
    print: Some(print),
    binary: Some(divide),
    members: &[
        func(q!("joinpath"), 1, 8, |vm, args| {
            let mut path = own(vm, args.at(0));
            for i in 1..args.len() {
                append(vm, &mut path, args.item(i))?;
            }
            new_path(vm, path)
        }),
        func(q!("open"), 1, 2, |vm, args| {
            let path = own(vm, args.at(0));
            let mode = args.get(1).and_then(|mode| vm.str_bytes(mode));
            match mode.unwrap_or(b"r").contains(&b'b') {
                true => vm.open_file(path.as_bytes()),
                false => text_stream(vm, path),
            }
        }),
        func_1(q!("read_bytes"), |vm, path| {
            let path = own(vm, path);
            read_binary(vm, path)
        }),
        func_1(q!("read_text"), |vm, path| {
            let path = own(vm, path);
            read_text(vm, path)
        }),
        func_1(q!("is_dir"), |vm, path| {
            let path = own(vm, path);
            let node = vm.node_at(path.as_bytes())?;
            Ok(Value::bool(node == Node::Folder))
        }),
        func_1(q!("is_file"), |vm, path| {
            let path = own(vm, path);
            let node = vm.node_at(path.as_bytes())?;
            Ok(Value::bool(node == Node::File))
        }),
        func_1(q!("iterdir"), iterdir),
        member(
            q!("name"),
            Item::Get(|vm, v| {
                let path = own(vm, v);
                let bytes = path.as_bytes();
                let name = bytes.rsplit(|&b| b == b'/').next().unwrap_or(b"");
                vm.new_str(name)
            }),
        ),
    ],
    ..TypeSpec::new(q!("ResourcePath"))
});

fn new_path(vm: &mut Vm<'_>, path: Path) -> Res {
    let path = vm.new_str(path.as_bytes())?;
    vm.new_object(RESOURCE_PATH.value(), &[path])
}

/// The path in an object.
fn own(vm: &Vm<'_>, v: Value) -> Path {
    let text = vm.slot(v, 1).and_then(|path| vm.str_bytes(path));
    Path::join(b"", text.unwrap_or(b""))
}

fn append(vm: &mut Vm<'_>, path: &mut Path, name: Value) -> Res<()> {
    match vm.str_bytes(name) {
        Some(name) => {
            path.push(b"/").push(name);
            Ok(())
        }
        None => Err(vm.type_error(msg!("can't convert to str implicitly"))),
    }
}

fn divide(vm: &mut Vm<'_>, op: BinaryOp, a: Value, b: Value) -> Res<Slot> {
    if op != BinaryOp::TrueDivide || !vm.is_str(b) {
        return Ok(None);
    }
    let mut path = own(vm, a);
    append(vm, &mut path, b)?;
    new_path(vm, path).map(Some)
}

fn print(vm: &mut Vm<'_>, v: Value, sink: Sink, _: PrintKind) -> Res<()> {
    let path = vm.slot(v, 1).unwrap_or(Value::NONE);
    vm.print(path, sink, PrintKind::Str)
}

/// The resources in a folder, as a list.
fn iterdir(vm: &mut Vm<'_>, folder: Value) -> Res {
    let folder = own(vm, folder);
    if vm.node_at(folder.as_bytes())? != Node::Folder {
        return Err(vm.os_error(errno::ENOENT));
    }
    let entries = vm.list_folder(folder.as_bytes())?;
    vm.root(entries)?;
    let list = vm.new_list(&[])?;
    vm.for_each(entries, |vm, entry| {
        let name = vm.subscr(entry, Value::small(0), crate::native::Access::Load)?;
        vm.root(name)?;
        let mut path = folder;
        append(vm, &mut path, name)?;
        let path = new_path(vm, path)?;
        vm.list_push(list, path)?;
        Ok(true)
    })?;
    vm.iter(list)
}
