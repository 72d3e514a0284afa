//! An image mounted on this machine, read-only, through FUSE.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fuser::{
    Config, Errno, FileAttr, FileHandle, FileType, Filesystem, Generation, INodeNo, LockOwner,
    MountOption, OpenFlags, ReplyAttr, ReplyData, ReplyDirectory, ReplyEntry, ReplyOpen,
    ReplyStatfs, Request, Session,
};
use nix::mount::{MntFlags, umount2};
use romfs_runtime::{Dir, Entry, Error, ErrorKind, Image, MAX_DEPTH};

/// How long the kernel may keep what it was told: an image never changes.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// What `st_blocks` counts in, and what the kernel is told of blocks.
const BLOCK: u32 = 512;

/// A file or folder as the kernel knows it, by its number.
struct Inode {
    parent: u64,
    attr: FileAttr,
    /// Of a file where its content lies in the image.
    content: std::ops::Range<usize>,
    /// Of a folder its entries in the order of the image.
    entries: Vec<(Vec<u8>, u64)>,
    /// The same by name; of two entries of one name the first.
    by_name: HashMap<Vec<u8>, u64>,
}

/// The filesystem of an image.
struct Mounted {
    bytes: Vec<u8>,
    /// Numbers are places in here plus one, as the kernel's root is 1.
    inodes: Vec<Inode>,
}

/// Whose the files are, and when they were made.
struct Owner {
    uid: u32,
    gid: u32,
    time: SystemTime,
}

impl Mounted {
    fn new(bytes: Vec<u8>, owner: &Owner) -> Result<Self, Error> {
        let mut inodes = Vec::new();
        {
            let image = Image::open(&bytes)?;
            add_folder(&mut inodes, image.root(), 1, owner, 0)?;
        }
        Ok(Self { bytes, inodes })
    }

    fn get(&self, number: INodeNo) -> Option<&Inode> {
        let index = usize::try_from(u64::from(number)).ok()?.checked_sub(1)?;
        self.inodes.get(index)
    }
}

/// Adds a folder and what is below it; its number.
fn add_folder(
    inodes: &mut Vec<Inode>,
    dir: Dir<'_>,
    parent: u64,
    owner: &Owner,
    depth: usize,
) -> Result<u64, Error> {
    if depth >= MAX_DEPTH {
        return Err(Error {
            kind: ErrorKind::TooDeep { limit: MAX_DEPTH },
            offset: dir.offset(),
        });
    }
    let number = inodes.len() as u64 + 1;
    inodes.push(Inode {
        parent,
        attr: attr(number, FileType::Directory, dir.size().into(), owner),
        content: 0..0,
        entries: Vec::new(),
        by_name: HashMap::new(),
    });
    let mut entries = Vec::new();
    let mut by_name = HashMap::new();
    let mut folders = 0;
    for entry in dir.entries() {
        let entry = entry?;
        // A name that no file system here can have is left out, not passed on for programs to trip over.
        let name = entry.name().to_vec();
        if name.is_empty()
            || name == b"."
            || name == b".."
            || name.contains(&b'/')
            || name.contains(&0)
        {
            continue;
        }
        if by_name.contains_key(&name) {
            continue;
        }
        let child = match entry {
            Entry::Dir(dir) => {
                folders += 1;
                add_folder(inodes, dir, number, owner, depth + 1)?
            }
            Entry::File(file) => {
                let start = file.data_offset()? as usize;
                let size = file.size()?;
                let child = inodes.len() as u64 + 1;
                inodes.push(Inode {
                    parent: number,
                    attr: attr(child, FileType::RegularFile, size.into(), owner),
                    content: start..start + size as usize,
                    entries: Vec::new(),
                    by_name: HashMap::new(),
                });
                child
            }
        };
        by_name.insert(name.clone(), child);
        entries.push((name, child));
    }
    let own = &mut inodes[number as usize - 1];
    own.entries = entries;
    own.by_name = by_name;
    own.attr.nlink = 2 + folders;
    Ok(number)
}

fn attr(number: u64, kind: FileType, size: u64, owner: &Owner) -> FileAttr {
    FileAttr {
        ino: INodeNo(number),
        size,
        blocks: size.div_ceil(BLOCK.into()),
        atime: owner.time,
        mtime: owner.time,
        ctime: owner.time,
        crtime: owner.time,
        kind,
        perm: if kind == FileType::Directory {
            0o555
        } else {
            0o444
        },
        nlink: 1,
        uid: owner.uid,
        gid: owner.gid,
        rdev: 0,
        blksize: 4096,
        flags: 0,
    }
}

impl Filesystem for Mounted {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let found = self
            .get(parent)
            .and_then(|folder| folder.by_name.get(name.as_bytes()))
            .and_then(|number| self.get(INodeNo(*number)));
        match found {
            Some(inode) => reply.entry(&FOR_EVER, &inode.attr, Generation(0)),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.get(number) {
            Some(inode) => reply.attr(&FOR_EVER, &inode.attr),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        match self.get(number) {
            Some(inode) if inode.attr.kind == FileType::RegularFile => {
                // What the kernel has read once stays right.
                reply.opened(FileHandle(0), fuser::FopenFlags::FOPEN_KEEP_CACHE);
            }
            Some(_) => reply.error(Errno::EISDIR),
            None => reply.error(Errno::ENOENT),
        }
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let Some(inode) = self.get(number) else {
            return reply.error(Errno::ENOENT);
        };
        let content = self.bytes.get(inode.content.clone()).unwrap_or_default();
        let start = usize::try_from(offset).map_or(content.len(), |o| o.min(content.len()));
        let end = start.saturating_add(size as usize).min(content.len());
        reply.data(&content[start..end]);
    }

    fn readdir(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let Some(folder) = self
            .get(number)
            .filter(|i| i.attr.kind == FileType::Directory)
        else {
            return reply.error(Errno::ENOTDIR);
        };
        let dots: [(&[u8], u64); 2] = [(b".", number.into()), (b"..", folder.parent)];
        let named = folder
            .entries
            .iter()
            .map(|(name, number)| (name.as_slice(), *number));
        let all = dots.into_iter().chain(named).zip(1u64..);
        for ((name, number), next) in all.skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            let kind = self
                .get(INodeNo(number))
                .map_or(FileType::Directory, |i| i.attr.kind);
            if reply.add(INodeNo(number), next, kind, OsStr::from_bytes(name)) {
                break;
            }
        }
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let blocks = (self.bytes.len() as u64).div_ceil(BLOCK.into());
        reply.statfs(blocks, 0, 0, self.inodes.len() as u64, 0, BLOCK, 255, BLOCK);
    }
}

/// Why an image is not mounted.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    /// It is no image, or a damaged one.
    #[error(transparent)]
    Image(#[from] Error),
    /// The system does not mount it.
    #[error("{0}; mounting needs /dev/fuse, and as a user fusermount3 (Debian's package fuse3)")]
    System(#[from] io::Error),
}

/// A mount: it ends when it is unmounted, from within or without.
pub struct Mount {
    session: Session<Mounted>,
    folder: PathBuf,
}

impl Mount {
    /// Mounts the image at the start of `bytes`, called `name` in the table of mounts, at `folder`. Files belong to
    /// the owner of `image`, the image's file, and have its time.
    ///
    /// # Errors
    /// [`MountError`].
    pub fn new(bytes: Vec<u8>, image: &Path, folder: &Path) -> Result<Self, MountError> {
        use std::os::unix::fs::MetadataExt;
        let file = std::fs::metadata(image)?;
        let owner = Owner {
            uid: file.uid(),
            gid: file.gid(),
            time: file.modified().unwrap_or(UNIX_EPOCH),
        };
        let mounted = Mounted::new(bytes, &owner)?;
        let mut config = Config::default();
        // A comma would begin another option.
        let name = image.display().to_string().replace(',', "_");
        config.mount_options = vec![
            MountOption::RO,
            MountOption::FSName(name),
            MountOption::Subtype("romfs".into()),
            MountOption::DefaultPermissions,
        ];
        Ok(Self {
            session: Session::new(mounted, folder, &config)?,
            // Whoever unmounts may be in another folder by then.
            folder: std::path::absolute(folder)?,
        })
    }

    /// Answers the kernel until the image is unmounted and nothing holds files of it; `unmount_on` is handed what
    /// unmounts it.
    ///
    /// # Errors
    /// What the system says.
    pub fn run(mut self, unmount_on: impl FnOnce(Unmounter)) -> io::Result<()> {
        unmount_on(Unmounter {
            session: self.session.unmount_callable(),
            folder: self.folder.clone(),
        });
        self.session.run()
    }
}

/// Ends a mount, from any thread.
pub struct Unmounter {
    session: fuser::SessionUnmounter,
    folder: PathBuf,
}

/// How an unmounting went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmounted {
    /// The mount is over.
    Done,
    /// It is gone from its folder, and is over once the programs that hold files of it have closed them.
    InUse,
}

impl Unmounter {
    /// Unmounts.
    ///
    /// # Errors
    /// What the system says.
    pub fn unmount(&mut self) -> io::Result<Unmounted> {
        let Err(error) = self.session.unmount() else {
            return Ok(Unmounted::Done);
        };
        if error.kind() != io::ErrorKind::ResourceBusy {
            return Err(error);
        }
        if umount2(&self.folder, MntFlags::MNT_DETACH).is_ok() {
            return Ok(Unmounted::InUse);
        }
        // As a user only the setuid helper may.
        let helper = Command::new("fusermount3")
            .args(["-u", "-z", "--"])
            .arg(&self.folder)
            .status();
        match helper {
            Ok(status) if status.success() => Ok(Unmounted::InUse),
            _ => Err(error),
        }
    }
}
