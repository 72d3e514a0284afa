//! `romfs run` as a machine: Ctrl-C, pins and timers of `machine`, the network of `socket`, random bytes.

#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, Output, Stdio};

use romfs_tests::{builds, romfs};

/// A folder with one program; `None` where nothing can compile it.
fn program(text: &str) -> Option<tempfile::TempDir> {
    builds::compiler()?;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("main.py"), text).unwrap();
    Some(folder)
}

/// What a program prints that ends well, with arguments of its own.
fn printed(text: &str, arguments: &[String]) -> Option<String> {
    let folder = program(text)?;
    let mut all = vec!["run".to_owned(), folder.path().display().to_string()];
    if !arguments.is_empty() {
        all.push("--".to_owned());
        all.extend_from_slice(arguments);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = romfs::run(all);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    Some(String::from_utf8(stdout).unwrap())
}

/// What programs for boards call first of all, which MicroPython's unix port does not have.
#[test]
fn room_for_exceptions_of_interrupts_may_be_asked_for() {
    let Some(text) = printed(
        "import micropython\n\
         print(micropython.alloc_emergency_exception_buf(100))\n\
         try:\n    micropython.alloc_emergency_exception_buf('100')\n\
         except TypeError as problem:\n    print(problem)\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(text, "None\ncan't convert str to int\n");
}

/// Ctrl-C in a loop, in a sleep and in a read; the last one is not caught.
#[test]
fn ctrl_c_is_a_keyboard_interrupt() {
    let Some(folder) = program(
        "import sys, time\n\
         def loop():\n    while True:\n        pass\n\
         for wait in (loop, lambda: time.sleep(100), sys.stdin.readline):\n\
         \x20   print('waits', file=sys.stderr)\n\
         \x20   try:\n        wait()\n\
         \x20   except KeyboardInterrupt:\n        print('caught')\n\
         print('waits', file=sys.stderr)\nloop()\n",
    ) else {
        return;
    };
    let mut child = started(&folder);
    let pid = child.id().to_string();
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    for _ in 0..4 {
        let mut line = String::new();
        errors.read_line(&mut line).unwrap();
        assert_eq!(line, "waits\n");
        // It says so just before it does.
        std::thread::sleep(std::time::Duration::from_millis(300));
        let sent = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(sent.success());
    }
    let (mut seen, mut trace) = (String::new(), String::new());
    errors.read_to_string(&mut trace).unwrap();
    let mut out = child.stdout.take().unwrap();
    out.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "caught\n".repeat(3), "{trace}");
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        trace,
        "Traceback (most recent call last):\n  File \"main.py\", line 12, in <module>\n  \
         File \"main.py\", line 4, in loop\nKeyboardInterrupt: \n"
    );
}

/// A native function that takes for ever does not look for Ctrl-C; one is enough nevertheless.
#[test]
fn ctrl_c_ends_a_native_function() {
    let Some(folder) =
        program("import math, sys\nprint('begins', file=sys.stderr)\nmath.factorial(1 << 40)\n")
    else {
        return;
    };
    let mut child = started(&folder);
    let mut errors = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    errors.read_line(&mut said).unwrap();
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(sent.success());
    errors.read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(
        said,
        "begins\nromfs: interrupted within a native function\n"
    );
}

/// A program that runs, its console in the test's hands.
fn started(folder: &tempfile::TempDir) -> Child {
    Command::new(romfs::path())
        .arg("run")
        .arg(folder.path())
        .env("PATH", path_with_tools())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn path_with_tools() -> std::ffi::OsString {
    let tools = romfs_tests::tools::root().join(".venv/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(tools).chain(std::env::split_paths(&path))).unwrap()
}

#[test]
fn t_strings_are_templates() {
    let Some(out) = printed(
        "from string.templatelib import Template, Interpolation\n\
         x = 7\nt = t'a{x!r:>3}b{x + 1}'\nprint(t.strings, t.values, isinstance(t, Template))\n\
         print([p if isinstance(p, str) else p.expression for p in t + t'c{x}'])\n\
         print(Template('a', 'b', Interpolation(1, 'x')))\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(
        out,
        "('a', 'b', '') (7, 8) True\n['a', 'x', 'b', 'x + 1', 'c', 'x']\n\
         Template(strings=('ab', ''), interpolations=(Interpolation(1, 'x', None, ''),))\n"
    );
}

#[test]
fn pins_signals_and_memory() {
    let Some(out) = printed(
        "import machine, uctypes\n\
         from machine import Pin, Signal, mem8, mem16, mem32\n\
         p = Pin(3, Pin.OUT, value=1)\n\
         print(p, p.value(), p(), p.mode() == Pin.OUT, p.pull())\n\
         p.off()\nprint(p())\np.toggle()\nprint(p())\np(0)\nprint(p())\n\
         q = Pin('P5', Pin.IN, Pin.PULL_UP)\nprint(q, q())\nq.init(pull=Pin.PULL_DOWN)\nprint(q())\n\
         s = Signal(p, invert=True)\ns.on()\nprint(p(), s())\ns.value(0)\nprint(p(), s.value())\n\
         print(Signal(7, Pin.OUT, value=1, invert=True)())\n\
         for bad in (99, 'LED', -1):\n\
         \x20   try:\n        Pin(bad)\n\
         \x20   except ValueError as e:\n        print(e)\n\
         b = bytearray(range(8))\nat = uctypes.addressof(b)\n\
         print(mem8[at + 1], mem16[at + 2], hex(mem32[at + 4]))\n\
         mem16[at + 2] = 0xffff\nmem32[at + 4] = 0x80000001\nmem8[at] = 255\nprint(b)\n\
         for at in (at + 1, 0, at - 4096):\n\
         \x20   try:\n        mem32[at]\n\
         \x20   except ValueError as e:\n        print(str(e).split()[0])\n\
         print(machine.unique_id(), machine.freq(), machine.reset_cause() == machine.PWRON_RESET)\n\
         machine.reset()\nprint('not here')\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(
        out,
        "Pin(3) 1 1 True 0\n0\n1\n0\nPin(5) 1\n0\n0 1\n1 0\n1\n\
         invalid pin\ninvalid pin\ninvalid pin\n\
         1 770 0x7060504\nbytearray(b'\\xff\\x01\\xff\\xff\\x01\\x00\\x00\\x80')\n\
         address\naddress\naddress\nb'romfs-run' 1000000000 True\n"
    );
}

#[test]
fn timers_call_while_a_program_waits_and_while_it_works() {
    let Some(out) = printed(
        "import time\nfrom machine import Timer\n\
         ticks = []\nt = Timer(period=10, callback=ticks.append)\ntime.sleep_ms(55)\nt.deinit()\n\
         print(2 <= len(ticks) <= 6, ticks[0] is t)\n\
         n = len(ticks)\ntime.sleep_ms(30)\nprint(len(ticks) == n)\n\
         once = []\nt.init(mode=Timer.ONE_SHOT, freq=100, callback=lambda t: once.append(1))\n\
         start = time.ticks_ms()\n\
         while time.ticks_diff(time.ticks_ms(), start) < 60:\n    pass\nprint(once)\n\
         def bad(t):\n    raise ValueError('in a callback')\n\
         t.init(mode=Timer.ONE_SHOT, period=1, callback=bad)\ntime.sleep_ms(20)\nprint('goes on')\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(
        out,
        "True True\nTrue\n[1]\nTraceback (most recent call last):\n  \
         File \"main.py\", line 18, in bad\nValueError: in a callback\ngoes on\n"
    );
}

#[test]
fn sockets_carry_streams_and_datagrams() {
    // Two ports that are free now.
    let stream = TcpListener::bind("127.0.0.1:0").unwrap();
    let datagram = UdpSocket::bind("127.0.0.1:0").unwrap();
    let ports = [
        stream.local_addr().unwrap().port().to_string(),
        datagram.local_addr().unwrap().port().to_string(),
    ];
    drop((stream, datagram));
    let Some(out) = printed(
        "import asyncio, errno, select, socket, sys\n\
         tcp, udp = (int(port) for port in sys.argv[1:])\n\
         async def serve(reader, writer):\n\
         \x20   line = await reader.readline()\n\
         \x20   writer.write(line.upper())\n    await writer.drain()\n    writer.close()\n    await writer.wait_closed()\n\
         async def talk():\n\
         \x20   server = await asyncio.start_server(serve, '127.0.0.1', tcp)\n\
         \x20   for text in (b'one', b'two'):\n\
         \x20       reader, writer = await asyncio.open_connection('localhost', tcp)\n\
         \x20       writer.write(text + b'\\n')\n        await writer.drain()\n\
         \x20       print(await reader.read())\n        writer.close()\n        await writer.wait_closed()\n\
         \x20   server.close()\n    await server.wait_closed()\n\
         asyncio.run(talk())\n\
         a, b = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))\n\
         here = socket.getaddrinfo('127.0.0.1', udp, 0, socket.SOCK_DGRAM)[0][-1]\nprint(here[0])\n\
         a.bind(here)\na.settimeout(0.05)\n\
         try:\n    a.recv(10)\nexcept OSError as e:\n    print(e.errno == errno.ETIMEDOUT)\n\
         a.setblocking(False)\n\
         try:\n    a.recv(10)\nexcept OSError as e:\n    print(e.errno == errno.EAGAIN)\n\
         poll = select.poll()\npoll.register(a, select.POLLIN)\nprint(poll.poll(0))\n\
         print(b.sendto(b'datagram', here), len(poll.poll(1000)))\n\
         got, origin = a.recvfrom(100)\nprint(got, origin[0])\n\
         a.close()\nprint(poll.poll(0)[0][1])\n\
         try:\n    a.recv(1)\nexcept OSError as e:\n    print(e.errno)\n\
         c = socket.socket()\n\
         try:\n    c.connect(('127.0.0.1', tcp))\nexcept OSError as e:\n    print(e.errno == errno.ECONNREFUSED)\n\
         try:\n    c.connect('127.0.0.1')\nexcept TypeError:\n    print('TypeError')\n",
        &ports,
    ) else {
        return;
    };
    assert_eq!(
        out,
        "b'ONE\\n'\nb'TWO\\n'\n127.0.0.1\nTrue\nTrue\n[]\n8 1\nb'datagram' 127.0.0.1\n32\n9\nTrue\nTypeError\n"
    );
}

#[test]
fn urandom_gives_other_bytes_each_time() {
    let Some(out) = printed(
        "import os\na, b = os.urandom(40), os.urandom(40)\nprint(len(a), a != b, os.urandom(0))\n\
         try:\n    os.urandom(-1)\nexcept ValueError:\n    print('ValueError')\n",
        &[],
    ) else {
        return;
    };
    assert_eq!(out, "40 True b''\nValueError\n");
}

/// A module is a program of its own, as source and compiled; its name is what `sys.argv` begins with.
#[test]
fn one_module_is_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("blink.py");
    std::fs::write(&source, "import sys\nprint(__name__, sys.argv)\n").unwrap();
    let Some(compiled) = builds::compile(std::slice::from_ref(&source), folder.path()) else {
        return;
    };
    for (path, name) in [(&source, "blink"), (&compiled[0], "0")] {
        let out = romfs::run(["run", path.to_str().unwrap(), "--", "3"]);
        assert_eq!(String::from_utf8_lossy(&out.stderr), "");
        let wanted = format!("__main__ ['{name}', '3']\n");
        assert_eq!(String::from_utf8_lossy(&out.stdout), wanted);
    }
}
