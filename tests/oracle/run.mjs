// Runs Python sources in real MicroPython (WebAssembly), each in an instance of its own.
//
//   node run.mjs SOURCE...            one JSON line a source: {"path", "stdout", "error"}
//   node run.mjs --write SOURCE...    writes what each prints to SOURCE with .exp for .py
//   node run.mjs --tree DIR           runs DIR/main.py with DIR's files around it, prints what it prints
//
// `error` is the traceback of an uncaught exception, or null. Paths may also come on standard input,
// one a line, where none is given.
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { loadMicroPython } from "@micropython/micropython-webassembly-pyscript";

const HEAP_BYTES = 8 * 1024 * 1024;
// A script is compiled under the name that it has in an image, so that tracebacks read the same.
const SCRIPT = "main.py";
// The event loop of this build is JavaScript's: it has no asyncio.run(), so a task is awaited at the top instead.
const ASYNCIO_RUN = /^asyncio\.run\((.*)\)$/gm;

async function instance() {
    const chunks = [];
    const python = await loadMicroPython({
        heapsize: HEAP_BYTES,
        linebuffer: false,
        stdout: (bytes) => chunks.push(Buffer.from(bytes)),
    });
    return { python, output: () => Buffer.concat(chunks).toString("utf8") };
}

// Gives the traceback of an uncaught exception, or null.
async function execute(python, source) {
    try {
        if (source.search(ASYNCIO_RUN) >= 0) {
            await python.runPythonAsync(source.replace(ASYNCIO_RUN, "await asyncio.create_task($1)"));
            return null;
        }
        // The frozen library shadows built-in modules with Python ones; asyncio is all that we want of it.
        python.runPython('import sys\nsys.path[:] = [p for p in sys.path if p != ".frozen"]\ndel sys');
        python.FS.writeFile("/.source", source);
        python.runPython(`exec(compile(open("/.source").read(), "${SCRIPT}", "exec"))`);
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
    python.runPython('import sys, os\nsys.path[:] = ["", "/rom", "/rom/lib"]\nos.mkdir("/work")\nos.chdir("/work")');
    const error = await execute(python, readFileSync(join(folder, SCRIPT), "utf8"));
    process.stdout.write(output());
    if (error !== null) {
        process.stderr.write(error);
        process.exitCode = 1;
    }
}

async function runHere(path) {
    const { python, output } = await instance();
    const error = await execute(python, readFileSync(path, "utf8"));
    return { path, stdout: output(), error };
}

// Runs a source in a thread of its own.
async function runApart(path) {
    const worker = new Worker(new URL(import.meta.url), { workerData: path });
    try {
        return await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    } finally {
        await worker.terminate();
    }
}

// What asyncio leaves behind, timers for one, would call into a later instance of the same thread.
function runSource(path) {
    return readFileSync(path, "utf8").includes("asyncio") ? runApart(path) : runHere(path);
}

async function runSources(paths) {
    for (const path of paths) process.stdout.write(JSON.stringify(await runSource(path)) + "\n");
}

async function writeExpected(paths) {
    for (const path of paths) {
        const { stdout, error } = await runSource(path);
        if (error !== null) throw new Error(`${path}: ${error}`);
        writeFileSync(path.replace(/\.py$/, ".exp"), stdout);
    }
}

const [first, ...rest] = process.argv.slice(2);
if (!isMainThread) {
    parentPort.postMessage(await runHere(workerData));
} else if (first === "--tree") {
    await runTree(rest[0]);
} else if (first === "--write") {
    await writeExpected(rest);
} else {
    await runSources(first === undefined ? readFileSync(0, "utf8").split("\n").filter(Boolean) : [first, ...rest]);
}
