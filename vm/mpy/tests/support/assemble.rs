//! Writes files that no compiler would.

/// Parts of a function that the tests vary. Its names are all the first qstr.
#[derive(Clone, Default)]
pub struct Body {
    pub n_state: u32,
    pub n_exc_stack: u32,
    pub flags: u32,
    pub n_pos_args: u32,
    pub n_def_pos_args: u32,
    pub cells: Vec<u8>,
    pub code: Vec<u8>,
    pub children: Vec<Body>,
}

fn vuint(value: u32) -> Vec<u8> {
    let mut bytes = vec![value as u8 & 0x7f];
    let mut rest = value >> 7;
    while rest > 0 {
        bytes.insert(0, rest as u8 & 0x7f | 0x80);
        rest >>= 7;
    }
    bytes
}

impl Body {
    fn signature(&self) -> Vec<u8> {
        let (mut s, mut e, mut f) = (self.n_state - 1, self.n_exc_stack, self.flags);
        let (mut a, mut d) = (self.n_pos_args, self.n_def_pos_args);
        let mut bytes = vec![((s & 0xf) << 3 | (e & 1) << 2 | a & 3) as u8];
        (s, e, a) = (s >> 4, e >> 1, a >> 2);
        while s | e | f | a | d != 0 {
            *bytes.last_mut().unwrap() |= 0x80;
            bytes.push(((f & 1) << 6 | (s & 3) << 4 | (a & 1) << 2 | (e & 1) << 1 | d & 1) as u8);
            (s, e, f, a, d) = (s >> 2, e >> 1, f >> 1, a >> 1, d >> 1);
        }
        bytes
    }

    fn bytes(&self) -> Vec<u8> {
        let n_info = 1 + self.n_pos_args as usize;
        assert!(
            n_info < 64 && self.cells.len() < 2,
            "one size byte is enough for the tests"
        );
        let mut code = self.signature();
        code.push((n_info << 1 | self.cells.len()) as u8);
        code.extend(vec![0; n_info]);
        code.extend(&self.cells);
        code.extend(&self.code);
        let has_children = u32::from(!self.children.is_empty());
        let mut bytes = vuint((code.len() as u32) << 3 | has_children << 2);
        bytes.extend(code);
        if has_children == 1 {
            bytes.extend(vuint(self.children.len() as u32));
            self.children
                .iter()
                .for_each(|child| bytes.extend(child.bytes()));
        }
        bytes
    }

    /// A file with this as the module's body, one qstr and one constant.
    pub fn file(&self) -> Vec<u8> {
        self.file_with(1, 1)
    }

    /// A file with this as the module's body, and tables of so many entries.
    pub fn file_with(&self, n_qstrs: u32, n_constants: u32) -> Vec<u8> {
        const STATIC_QSTR: u8 = 7 << 1 | 1;
        const ELLIPSIS: u8 = 4;
        let mut file = vec![b'M', 6, 0, 31];
        file.extend(vuint(n_qstrs));
        file.extend(vuint(n_constants));
        file.extend(vec![STATIC_QSTR; n_qstrs as usize]);
        file.extend(vec![ELLIPSIS; n_constants as usize]);
        file.extend(self.bytes());
        file
    }
}

/// A generator with closed-over values, cells, a handful of children and roomy tables around code of the fuzzer's choice.
///
/// `input`: slots of the frame less one; handlers in bits 0-2, closed-over values in bits 3-5; a count of cells, 1 at most, and
/// the local that is one; opcodes.
pub fn around_code(input: &[u8]) -> Option<Vec<u8>> {
    let [n_state, counts, n_cells, cell, code @ ..] = input else {
        return None;
    };
    let n_closed = counts >> 3 & 7;
    let leaf = Body {
        n_state: 8,
        n_pos_args: 3,
        code: vec![0x51, 0x63],
        ..Body::default()
    };
    let fuzzed = Body {
        n_state: u32::from(*n_state) + 1,
        n_exc_stack: u32::from(counts & 7),
        flags: 1,
        n_pos_args: u32::from(n_closed) + 1,
        cells: if n_cells & 1 == 1 {
            vec![*cell]
        } else {
            Vec::new()
        },
        code: code.to_vec(),
        children: vec![leaf; 16],
        ..Body::default()
    };
    // LOAD_FAST of the one cell, as often as wanted, MAKE_CLOSURE, RETURN_VALUE.
    let mut make = vec![0xb0; n_closed.into()];
    make.extend([0x20, 0, n_closed, 0x63]);
    let module = Body {
        n_state: 16,
        cells: vec![0],
        code: make,
        children: vec![fuzzed],
        ..Body::default()
    };
    Some(module.file_with(128, 64))
}
