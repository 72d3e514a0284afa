//! `romfs run --profile` and `--stats`: what a program cost, told after it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::time::{Duration, Instant};

use romfs_vm::heap::Kind;
use romfs_vm::observe::{Census, Event, Observer};

/// Rows of a table; the rest is summed up in a last one.
const ROWS: usize = 30;

/// What a function is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Site {
    file: String,
    function: String,
    line: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    calls: u64,
    /// In the function itself.
    own: Duration,
    /// In what it called, too; once for a recursion.
    total: Duration,
}

#[derive(Debug)]
struct Running {
    site: usize,
    began: Instant,
    import: Option<usize>,
    /// Whether the same function runs further out.
    again: bool,
}

/// One import.
#[derive(Debug)]
struct Import {
    name: String,
    depth: usize,
    size: usize,
    verified: bool,
    used_before: usize,
    began: Instant,
    end: Option<(usize, Duration)>,
}

/// Listens to a VM and adds up.
#[derive(Debug)]
pub struct Costs {
    sites: HashMap<Site, usize>,
    names: Vec<Site>,
    spent: Vec<Spent>,
    active: Vec<u32>,
    stack: Vec<Running>,
    /// When the function on top of the stack went on.
    since: Instant,
    imports: Vec<Import>,
    linking: Option<usize>,
    freed: BTreeMap<&'static str, (usize, usize)>,
}

impl Costs {
    pub fn new() -> Self {
        Self {
            sites: HashMap::new(),
            names: Vec::new(),
            spent: Vec::new(),
            active: Vec::new(),
            stack: Vec::new(),
            since: Instant::now(),
            imports: Vec::new(),
            linking: None,
            freed: BTreeMap::new(),
        }
    }

    fn site(&mut self, site: Site) -> usize {
        if let Some(&known) = self.sites.get(&site) {
            return known;
        }
        let new = self.names.len();
        self.names.push(site.clone());
        self.sites.insert(site, new);
        self.spent.push(Spent::default());
        self.active.push(0);
        new
    }

    /// Adds the time since the last event to the function that ran.
    fn settle(&mut self, now: Instant) {
        if let Some(running) = self.stack.last() {
            self.spent[running.site].own += now - self.since;
        }
        self.since = now;
    }

    fn begin(&mut self, site: Site) {
        let now = Instant::now();
        self.settle(now);
        let site = self.site(site);
        self.spent[site].calls += 1;
        self.active[site] += 1;
        self.stack.push(Running {
            site,
            began: now,
            import: self.linking.take(),
            again: self.active[site] > 1,
        });
    }

    fn end(&mut self, used: usize) {
        let now = Instant::now();
        self.settle(now);
        let Some(running) = self.stack.pop() else {
            return;
        };
        self.active[running.site] -= 1;
        if !running.again {
            self.spent[running.site].total += now - running.began;
        }
        if let Some(import) = running.import {
            let import = &mut self.imports[import];
            import.end = Some((used, now - import.began));
        }
    }

    fn import(&mut self, name: &[u8], size: usize, used: usize) {
        self.linking = Some(self.imports.len());
        self.imports.push(Import {
            name: String::from_utf8_lossy(name).into_owned(),
            depth: self.stack.iter().filter(|r| r.import.is_some()).count(),
            size,
            verified: false,
            used_before: used,
            began: Instant::now(),
            end: None,
        });
    }

    /// Prints functions by their own time, and allocations by type.
    pub fn print_profile(&mut self, alive: &[Census]) -> io::Result<()> {
        let mut out = io::stderr().lock();
        let all: Duration = self.spent.iter().map(|spent| spent.own).sum();
        let percent = |part: Duration| 100.0 * part.as_secs_f64() / all.as_secs_f64().max(1e-9);
        let mut rows: Vec<(&Site, Spent)> = self.names.iter().zip(self.spent.clone()).collect();
        rows.sort_by_key(|(_, spent)| std::cmp::Reverse(spent.own));
        writeln!(out, "\n      calls  own ms      %  total ms  function")?;
        for (site, spent) in rows.iter().take(ROWS) {
            writeln!(
                out,
                "{:11}  {:6.1}  {:5.1}  {:8.1}  {} ({}:{})",
                spent.calls,
                spent.own.as_secs_f64() * 1e3,
                percent(spent.own),
                spent.total.as_secs_f64() * 1e3,
                crate::cli::printable(&site.function),
                crate::cli::printable(&site.file),
                site.line
            )?;
        }
        if rows.len() > ROWS {
            writeln!(out, "             and {} more functions", rows.len() - ROWS)?;
        }
        for census in alive {
            self.count(*census);
        }
        let mut kinds: Vec<_> = self.freed.iter().collect();
        kinds.sort_by_key(|(_, (_, bytes))| std::cmp::Reverse(*bytes));
        writeln!(out, "\n  allocated       bytes  type")?;
        for (label, (cells, bytes)) in kinds {
            writeln!(out, "{cells:11}  {bytes:10}  {label}")?;
        }
        Ok(())
    }

    /// Prints what is in RAM by kind, and what each import cost.
    pub fn print_stats(&self, alive: &[Census], stack: usize, image: usize) -> io::Result<()> {
        let mut out = io::stderr().lock();
        let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for census in alive {
            let row = kinds.entry(census.kind.label()).or_default();
            row.0 += census.cells;
            row.1 += census.bytes;
        }
        let total: usize = kinds.values().map(|(_, bytes)| bytes).sum();
        let mut rows: Vec<_> = kinds.into_iter().collect();
        rows.sort_by_key(|(_, (_, bytes))| std::cmp::Reverse(*bytes));
        writeln!(out, "\n      cells       bytes  alive at the end")?;
        for (label, (cells, bytes)) in rows {
            writeln!(out, "{cells:11}  {bytes:10}  {label}")?;
        }
        writeln!(
            out,
            "             {total:10}  in all, beside {stack} of value stack"
        )?;
        let imported: usize = self.imports.iter().map(|import| import.size).sum();
        let verified = self.imports.iter().filter(|import| import.verified).count();
        writeln!(
            out,
            "
image: {imported} of its {image} bytes are modules that were imported; {verified} of {} imports verified the module",
            self.imports.len()
        )?;
        if !self.imports.is_empty() {
            writeln!(
                out,
                "\n       .mpy     heap grew       ms  import (with those inside it)"
            )?;
        }
        for import in &self.imports {
            let indent = "  ".repeat(import.depth);
            match import.end {
                Some((used, time)) => writeln!(
                    out,
                    "{:11}  {:11}  {:7.2}  {indent}{}",
                    import.size,
                    used as i64 - import.used_before as i64,
                    time.as_secs_f64() * 1e3,
                    crate::cli::printable(&import.name)
                )?,
                None => writeln!(
                    out,
                    "{:11}  {:>11}  {:>7}  {indent}{}",
                    import.size,
                    "",
                    "failed",
                    crate::cli::printable(&import.name)
                )?,
            }
        }
        Ok(())
    }

    fn count(&mut self, census: Census) {
        let row = self.freed.entry(census.kind.label()).or_default();
        row.0 += census.cells;
        row.1 += census.bytes;
    }
}

impl Observer for Costs {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Call {
                file,
                function,
                line,
                ..
            } => self.begin(Site {
                file: String::from_utf8_lossy(file).into_owned(),
                function: String::from_utf8_lossy(function).into_owned(),
                line,
            }),
            Event::Return { used } => self.end(used),
            Event::Import { name, size, used } => self.import(name, size, used),
            Event::Verify => {
                if let Some(import) = self.imports.last_mut() {
                    import.verified = true;
                }
            }
            Event::Freed(census) if census.kind != Kind::Free => self.count(census),
            _ => {}
        }
    }
}
