// Runs Python sources in real MicroPython (WebAssembly), each in an instance of its own.
//
//   node run.mjs SOURCE...            one JSON line a source: {"path", "stdout", "error"}
//   node run.mjs --tree DIR           runs DIR/main.py with DIR's files around it, prints what it prints
//
// `error` is the traceback of an uncaught exception, or null. Paths may also come on standard input,
// one a line, where none is given.
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const HEAP_BYTES = 8 * 1024 * 1024;

async function instance() {
    const chunks = [];
    const python = await loadMicroPython({
        heapsize: HEAP_BYTES,
        linebuffer: false,
        stdout: (bytes) => chunks.push(Buffer.from(bytes)),
    });
    return { python, output: () => Buffer.concat(chunks).toString("utf8") };
}

// Compiled under its own name, as mpy-cross -s would, so that tracebacks read the same.
function execute(python, source, name) {
    python.FS.writeFile("/.source", source);
    try {
        python.runPython(`exec(compile(open("/.source").read(), ${JSON.stringify(name)}, "exec"))`);
        return null;
    } catch (error) {
        if (error.name !== "PythonError") throw error;
        return error.message;
    }
}

function copyIn(FS, from, to) {
    for (const name of readdirSync(from)) {
        const source = join(from, name);
        if (statSync(source).isDirectory()) {
            FS.mkdir(`${to}/${name}`);
            copyIn(FS, source, `${to}/${name}`);
        } else {
            FS.writeFile(`${to}/${name}`, readFileSync(source));
        }
    }
}

async function runTree(folder) {
    const { python, output } = await instance();
    python.FS.mkdir("/rom");
    copyIn(python.FS, folder, "/rom");
    python.runPython('import sys, os\nsys.path[:] = ["", ".frozen", "/rom", "/rom/lib"]\nos.mkdir("/work")\nos.chdir("/work")');
    const error = execute(python, readFileSync(join(folder, "main.py")), "main.py");
    process.stdout.write(output());
    if (error !== null) {
        process.stderr.write(error);
        process.exitCode = 1;
    }
}

async function runSources(paths) {
    for (const path of paths) {
        const { python, output } = await instance();
        const error = execute(python, readFileSync(path), basename(path));
        process.stdout.write(JSON.stringify({ path, stdout: output(), error }) + "\n");
    }
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--tree") {
    await runTree(rest[0]);
} else {
    const paths = first === undefined ? readFileSync(0, "utf8").split("\n").filter(Boolean) : [first, ...rest];
    await runSources(paths);
}
