use proptest::prelude::*;

use super::*;

fn compiled(pattern: &str) -> Result<(Program, Vec<u8>), CompileError> {
    let mut nests = [Nest::default(); 100];
    let size = compile(pattern.as_bytes(), &mut [], &mut nests)?;
    let mut code = vec![0xee; size.code_len];
    let program = compile(pattern.as_bytes(), &mut code, &mut nests)?;
    assert_eq!(size, program);
    Ok((program, code))
}

fn run_with(pattern: &str, text: &str, anchored: bool) -> Result<Option<Vec<u32>>, MatchError> {
    let (program, code) = compiled(pattern).unwrap();
    let mut positions = vec![0; program.positions()];
    let mut stack = [Entry::default(); 400];
    let mut ticks = 2000;
    let mut tick = || {
        ticks -= 1;
        ticks > 0
    };
    let subject = Subject {
        text: text.as_bytes(),
        start: 0,
    };
    let found = find(
        &code,
        subject,
        anchored,
        &mut positions,
        &mut stack,
        &mut tick,
    )?;
    Ok(found.then_some(positions))
}

fn groups(pattern: &str, text: &str, anchored: bool) -> Option<Vec<Option<String>>> {
    let positions = run_with(pattern, text, anchored).unwrap()?;
    let (pairs, _) = positions.as_chunks::<2>();
    let slice = |[start, end]: [u32; 2]| {
        (start != NO_POSITION).then(|| text[start as usize..end as usize].to_string())
    };
    Some(pairs.iter().map(|&pair| slice(pair)).collect())
}

fn matched(pattern: &str, text: &str) -> Option<String> {
    groups(pattern, text, false)?.remove(0)
}

#[test]
fn syntax() {
    let some = |text: &str| Some(text.to_string());
    assert_eq!(matched("a+b", "xaaab"), some("aaab"));
    assert_eq!(matched("a+?", "aaa"), some("a"));
    assert_eq!(matched("<.*>", "<a><b>"), some("<a><b>"));
    assert_eq!(matched("<.*?>", "<a><b>"), some("<a>"));
    assert_eq!(matched("[^a-c]+", "abcdef"), some("def"));
    assert_eq!(matched("[a-]+", "b-a-"), some("-a-"));
    assert_eq!(matched(r"[\d.]+", "v1.25"), some("1.25"));
    assert_eq!(matched(r"[\]x]+", "a]x"), some("]x"));
    assert_eq!(matched(r"\w+\s\W", "ab_1 !"), some("ab_1 !"));
    assert_eq!(matched("cat|dog|bird", "a bird"), some("bird"));
    assert_eq!(matched("^b", "ab"), None);
    assert_eq!(matched("b$", "ab"), some("b"));
    assert_eq!(matched("colou?r", "color"), some("color"));
    assert_eq!(matched("a??b", "ab"), some("ab"));
    assert_eq!(
        matched("a{2}", "a{2}"),
        some("a{2}"),
        "counted repeats are literal"
    );
    assert_eq!(matched("", "x"), some(""));
    assert_eq!(matched(r"\.", "a."), some("."));
}

#[test]
fn captures() {
    let whole = groups(r"(\w+)@((\w+)\.)?(?:com|org)", "me@x.org", true).unwrap();
    assert_eq!(
        whole,
        ["me@x.org", "me", "x.", "x"].map(|group| Some(group.to_string()))
    );
    assert_eq!(groups("(a)|b", "b", true).unwrap()[1], None);
    // A group that failed on the way back is as it was before.
    assert_eq!(groups("(?:(a)c|ab)", "ab", true).unwrap()[1], None);
    assert_eq!(
        groups("(ab?)*c", "aabc", true).unwrap()[1].as_deref(),
        Some("ab")
    );
}

#[test]
fn refused_patterns() {
    let error = |pattern: &str| compiled(pattern).err();
    for pattern in ["?", "*", "+", "a**", "(*a)", "^*", "a|*", "(?P<n>a)"] {
        assert_eq!(
            error(pattern),
            Some(CompileError::NothingToRepeat),
            "{pattern}"
        );
    }
    for pattern in ["[", "([", "([)", r"[a\]", "(", "a\\", "[a-"] {
        assert_eq!(
            error(pattern),
            Some(CompileError::Unterminated),
            "{pattern}"
        );
    }
    assert_eq!(error(")"), Some(CompileError::Unbalanced));
    assert_eq!(error("a)b"), Some(CompileError::Unbalanced));
    assert_eq!(error(&"(".repeat(65536)), Some(CompileError::Limit));
}

#[test]
fn limits() {
    let long = |head: &str, n: usize, tail: &str| format!("{head}{}{tail}", "a".repeat(n));
    for (fits, too_long) in [
        (long("(", 61, ")?"), long("(", 62, ")?")),
        (long("(", 60, ")*"), long("(", 60, ".)*")),
        (long("(", 61, ")+"), long("(", 62, ")+")),
        (long("", 62, "|a"), long("", 63, "|a")),
        (long("[", 127, "]"), long("[", 128, "]")),
        ("(a)".repeat(63), "(a)".repeat(64)),
    ] {
        assert!(compiled(&fits).is_ok(), "{fits}");
        assert_eq!(
            compiled(&too_long).err(),
            Some(CompileError::Limit),
            "{too_long}"
        );
    }
}

#[test]
fn work_is_bounded() {
    let run = |pattern: &str, text: &str| run_with(pattern, text, true);
    assert_eq!(
        run("(a*)*", "aaa"),
        Err(MatchError::Stack),
        "a loop over nothing"
    );
    assert_eq!(
        run(r"(?:a|a)*(?:a|a)*(?:a|a)*b", &"a".repeat(60)),
        Err(MatchError::Interrupted)
    );
    assert!(
        run(".*x", &("y".repeat(100_000) + "x")).unwrap().is_some(),
        "one entry for a long repeat"
    );
    assert!(
        run(".*?x", &("y".repeat(100_000) + "x")).unwrap().is_some(),
        "and for a long lazy one"
    );
}

#[test]
fn replacements() {
    let pieces = |text: &[u8]| {
        let (mut at, mut pieces) = (0, Vec::new());
        while let Some(piece) = next_piece(text, &mut at) {
            pieces.push(match piece {
                Piece::Literal(start, end) => Ok(text[start..end].to_vec()),
                Piece::Group(group) => Err(group),
            });
        }
        assert_eq!(at, text.len());
        pieces
    };
    let expected = [
        Ok(b"a".to_vec()),
        Err(1),
        Ok(b"b".to_vec()),
        Err(12),
        Ok(b"\\".to_vec()),
        Ok(b"c".to_vec()),
        Ok(b"x".to_vec()),
    ];
    assert_eq!(pieces(br"a\1b\g<12>\\c\x"), expected);
    assert_eq!(pieces(b"\\"), []);
}

/// Patterns without repeats of what can be empty, which the model below and this engine treat alike.
fn pattern() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        3 => "[abc]",
        1 => Just(".".to_string()),
        1 => Just("[a-b]".to_string()),
        1 => Just("[^a]".to_string()),
    ];
    let repeated = (atom, prop_oneof![3 => Just(""), 1 => Just("*"), 1 => Just("+"), 1 => Just("?"), 1 => Just("*?"), 1 => Just("+?")])
        .prop_map(|(atom, repeat)| atom + repeat);
    repeated.prop_recursive(3, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|terms| terms.concat()),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("(?:{left}|{right})")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.prop_map(|inner| format!("(a{inner})*")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn agrees_with_the_regex_crate(pattern in pattern(), text in "[abc]{0,12}") {
        let model = regex::Regex::new(&pattern).unwrap();
        let expected = model.captures(&text).map(|captures| captures.get(0).unwrap().range());
        if compiled(&pattern).is_ok() {
            let found = run_with(&pattern, &text, false).unwrap();
            prop_assert_eq!(found.map(|positions| positions[0] as usize..positions[1] as usize), expected);
        }
    }

    #[test]
    fn no_pattern_panics(pattern in "[ab()|*+?\\[\\]^$.\\\\d-]{0,14}", text in "[ab1]{0,6}") {
        if compiled(&pattern).is_ok() {
            let _ = run_with(&pattern, &text, false);
        }
    }
}
