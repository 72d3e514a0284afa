//! What an image is made of, as CycloneDX 1.6 JSON: every file with its hash and the source that it came from.
//!
//! It is as reproducible as the image: no time, no path of the machine, and a serial number that is made from the
//! image's bytes.

use std::fs;
use std::path::Path;

use romfs_runtime::Image;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::pack::{Packed, PackedFile};

/// The document for an image called `name`. Sources are named relative to `root`, the folder that was packed.
///
/// # Errors
/// [`Error::Io`] for a source that cannot be read again, [`Error::Image`] if the image is damaged.
pub fn sbom(name: &str, packed: &Packed, root: &Path) -> Result<String> {
    let bytes = &packed.image.bytes;
    let damaged = |error| Error::Image {
        path: name.into(),
        error,
    };
    let image = Image::open(bytes).map_err(damaged)?;
    let mut components = Vec::new();
    for file in &packed.files {
        let content = match image.file(&file.path).map_err(damaged)? {
            Some(entry) => entry.data().map_err(damaged)?,
            None => continue,
        };
        components.push(component(file, content, root)?);
    }
    let digest = Sha256::digest(bytes);
    let serial = Uuid::new_v5(&Uuid::NAMESPACE_OID, &digest);
    let mut tools = vec![json!({
        "type": "application",
        "name": env!("CARGO_PKG_NAME"),
        "version": env!("CARGO_PKG_VERSION"),
    })];
    if let Some(version) = &packed.report.modules.mpy_cross {
        tools.push(json!({ "type": "application", "name": "mpy-cross", "version": version }));
    }
    let mut properties = vec![property("romfs:bytes", &bytes.len().to_string())];
    properties.extend(
        packed
            .report
            .build_id
            .iter()
            .map(|id| property("romfs:build-id", id)),
    );
    properties.extend(
        packed
            .report
            .board
            .iter()
            .map(|fit| property("romfs:board", &fit.board)),
    );
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{serial}"),
        "version": 1,
        "metadata": {
            "tools": { "components": tools },
            "component": {
                "type": "firmware",
                "bom-ref": "image",
                "name": name,
                "hashes": [hash(&digest)],
                "properties": properties,
            },
        },
        "components": components,
        "dependencies": [{
            "ref": "image",
            "dependsOn": packed.files.iter().map(|file| format!("file:{}", file.path)).collect::<Vec<_>>(),
        }],
    });
    Ok(format!("{document:#}\n"))
}

fn component(file: &PackedFile, content: &[u8], root: &Path) -> Result<Value> {
    let mut properties = vec![
        property("romfs:bytes", &content.len().to_string()),
        property("romfs:source", &source_name(&file.source, root)),
    ];
    if file.compiled && file.path.ends_with(".mpy") {
        let source = fs::read(&file.source).map_err(Error::io("read", &file.source))?;
        properties.push(property(
            "romfs:source-sha256",
            &hex(&Sha256::digest(source)),
        ));
    }
    Ok(json!({
        "type": "file",
        "bom-ref": format!("file:{}", file.path),
        "name": file.path,
        "hashes": [hash(&Sha256::digest(content))],
        "properties": properties,
    }))
}

/// The source's path within the folder that was packed; for one from elsewhere its own name, since the rest is the
/// machine's.
fn source_name(source: &Path, root: &Path) -> String {
    let inside = source
        .strip_prefix(root)
        .ok()
        .filter(|p| !p.as_os_str().is_empty());
    let named = inside.or_else(|| source.file_name().map(Path::new));
    named.unwrap_or(source).to_string_lossy().replace('\\', "/")
}

fn property(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn hash(digest: &[u8]) -> Value {
    json!({ "alg": "SHA-256", "content": hex(digest) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
