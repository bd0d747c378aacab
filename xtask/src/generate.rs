//! `cargo xtask generate`: the crates of the documents in `openapi/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;
use std::{fs, io, thread};

use charter_codegen::{Crate, Diagnostic, File};

/// Generate the API crates from the documents in `openapi/`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Write nothing, fail when anything is stale or left over.
    #[arg(long)]
    check: bool,
    /// One document instead of all in `openapi/`.
    #[arg(long, requires = "out")]
    document: Option<PathBuf>,
    /// The folder of its crate.
    #[arg(long, requires = "document")]
    out: Option<PathBuf>,
}

/// Runs the verb.
pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match generate(arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("generate: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A document and the folder of its crate.
struct Job {
    document: String,
    out: PathBuf,
}

/// The crate of a document, or what is wrong with the document.
type Generated = Result<Crate, Vec<Diagnostic>>;

/// How the files on disk differ from the generated ones.
#[derive(Default)]
struct Changes {
    stale: Vec<PathBuf>,
    left_over: Vec<PathBuf>,
}

fn generate(arguments: &Arguments) -> io::Result<ExitCode> {
    let start = Instant::now();
    let jobs = match (&arguments.document, &arguments.out) {
        (Some(document), Some(out)) => vec![Job {
            document: document.to_string_lossy().replace('\\', "/"),
            out: out.clone(),
        }],
        _ => jobs_of_the_workspace()?,
    };

    let mut crates = Vec::new();
    let mut broken = 0;
    for (job, generated) in jobs.iter().zip(generate_all(&jobs)?) {
        match generated {
            Ok(generated) => crates.push((job, generated)),
            Err(diagnostics) => {
                broken += diagnostics.len();
                for diagnostic in diagnostics {
                    eprintln!("{diagnostic}");
                }
            }
        }
    }
    if broken > 0 {
        eprintln!("generate: {broken} problems, nothing was written");
        return Ok(ExitCode::FAILURE);
    }

    let mut changes = Changes::default();
    let mut operations = 0;
    let mut schemas = 0;
    let mut files = 0;
    for (job, generated) in crates {
        operations += generated.operations;
        schemas += generated.schemas;
        files += generated.files.len();
        compare(job, &generated, &mut changes)?;
        if !arguments.check {
            write(job, &generated, &changes)?;
        }
    }
    if arguments.document.is_none() {
        let orphans = crates_without_document(&jobs)?;
        if !arguments.check {
            for path in &orphans {
                fs::remove_dir_all(path)?;
            }
        }
        changes.left_over.extend(orphans);
    }
    if arguments.check {
        return Ok(report(&changes, arguments));
    }
    println!(
        "generate: {} documents, {operations} operations, {schemas} schemas, {files} files, \
         {} written, {} removed, {} ms",
        jobs.len(),
        changes.stale.len(),
        changes.left_over.len(),
        start.elapsed().as_millis()
    );
    Ok(ExitCode::SUCCESS)
}

/// Every document of `openapi/` that has paths, in the order of their names.
fn jobs_of_the_workspace() -> io::Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for entry in fs::read_dir("openapi")? {
        let path = entry?.path();
        let is_yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml");
        let text = if is_yaml {
            fs::read_to_string(&path)?
        } else {
            continue;
        };
        // Shared files say `paths: {}`, settings of tools have none.
        let has_paths = text.lines().any(|line| line.trim_end() == "paths:");
        if let (true, Some(stem)) = (has_paths, path.file_stem()) {
            jobs.push(Job {
                document: path.to_string_lossy().replace('\\', "/"),
                out: Path::new("crates/api").join(stem),
            });
        }
    }
    jobs.sort_by(|left, right| left.document.cmp(&right.document));
    Ok(jobs)
}

/// Folders of crates whose document is gone.
fn crates_without_document(jobs: &[Job]) -> io::Result<Vec<PathBuf>> {
    let mut orphans = Vec::new();
    for entry in fs::read_dir("crates/api")? {
        let path = entry?.path();
        if path.is_dir() && !jobs.iter().any(|job| job.out == path) {
            orphans.push(path);
        }
    }
    orphans.sort();
    Ok(orphans)
}

fn load(name: &str) -> Result<String, String> {
    // A checkout may have turned line feeds into pairs.
    let text = fs::read_to_string(name).map_err(|error| error.to_string())?;
    Ok(if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    })
}

/// Generates the crates of all documents in as many threads as there are cores. Those that are
/// broken stand in their places.
fn generate_all(jobs: &[Job]) -> io::Result<Vec<Generated>> {
    let shares = shares(jobs)?;
    let done = thread::scope(|scope| {
        let working: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(number, share)| scope.spawn(move || generate_share(number, share, jobs)))
            .collect();
        working
            .into_iter()
            .map(|share| {
                share
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("the generator panicked")))
            })
            .collect::<io::Result<Vec<_>>>()
    })?;
    let mut all: Vec<(usize, Generated)> = shares
        .into_iter()
        .flatten()
        .zip(done.into_iter().flatten())
        .collect();
    all.sort_by_key(|(place, _)| *place);
    Ok(all.into_iter().map(|(_, generated)| generated).collect())
}

/// The places of the documents that each core takes, about the same amount of text for each.
fn shares(jobs: &[Job]) -> io::Result<Vec<Vec<usize>>> {
    let mut sizes = Vec::new();
    for (place, job) in jobs.iter().enumerate() {
        // A document that cannot be read is told about by the one who reads it.
        sizes.push((
            fs::metadata(&job.document).map_or(0, |file| file.len()),
            place,
        ));
    }
    sizes.sort_unstable();
    let cores = thread::available_parallelism()?.get().min(jobs.len());
    let mut shares = vec![(0, Vec::new()); cores];
    for (size, place) in sizes.into_iter().rev() {
        if let Some((taken, places)) = shares.iter_mut().min_by_key(|(taken, _)| *taken) {
            *taken += size;
            places.push(place);
        }
    }
    Ok(shares.into_iter().map(|(_, places)| places).collect())
}

/// Generates and formats what one thread takes.
fn generate_share(number: usize, share: &[usize], jobs: &[Job]) -> io::Result<Vec<Generated>> {
    let mut all: Vec<Generated> = share
        .iter()
        .filter_map(|place| jobs.get(*place))
        .map(|job| charter_codegen::generate(&job.document, &load))
        .collect();
    let mut crates: Vec<&mut Crate> = all.iter_mut().flatten().collect();
    // Nothing is written when a document is broken, so nothing need be formatted.
    if !crates.is_empty() && crates.len() == share.len() {
        format(number, &mut crates)?;
    }
    Ok(all)
}

/// Formats the Rust files as rustfmt of the workspace's toolchain does. One process formats all
/// of these crates: its start takes as long as a crate.
fn format(number: usize, crates: &mut [&mut Crate]) -> io::Result<()> {
    let folder =
        std::env::temp_dir().join(format!("charter-generate-{}-{number}", std::process::id()));
    let formatted = format_in(&folder, crates);
    fs::remove_dir_all(&folder)?;
    formatted
}

fn format_in(folder: &Path, crates: &mut [&mut Crate]) -> io::Result<()> {
    let mut roots = Vec::new();
    for generated in crates.iter() {
        let own = folder.join(&generated.stem);
        fs::create_dir_all(own.join("src"))?;
        for file in generated.files.iter().filter(|file| is_rust(file)) {
            fs::write(own.join(&file.path), &file.contents)?;
        }
        roots.push(own.join("src/lib.rs"));
    }
    // rustfmt follows the modules.
    let output = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .args(roots)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!(
            "rustfmt refuses what was generated: {}",
            String::from_utf8_lossy(&output.stderr)
        )));
    }
    for generated in crates {
        let own = folder.join(&generated.stem);
        for file in &mut generated.files {
            if is_rust(file) {
                file.contents = fs::read_to_string(own.join(&file.path))?;
            }
        }
    }
    Ok(())
}

fn is_rust(file: &File) -> bool {
    file.path.ends_with(".rs")
}

fn compare(job: &Job, generated: &Crate, changes: &mut Changes) -> io::Result<()> {
    let mut expected = BTreeSet::new();
    for file in &generated.files {
        let path = job.out.join(&file.path);
        let is_current = load(&path.to_string_lossy()).is_ok_and(|text| text == file.contents);
        if !is_current {
            changes.stale.push(path.clone());
        }
        expected.insert(path);
    }
    let mut folders = vec![job.out.clone()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if !expected.contains(&path) {
                changes.left_over.push(path);
            }
        }
    }
    Ok(())
}

fn write(job: &Job, generated: &Crate, changes: &Changes) -> io::Result<()> {
    for file in &generated.files {
        let path = job.out.join(&file.path);
        if !changes.stale.contains(&path) {
            continue;
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.contents)?;
    }
    for path in changes
        .left_over
        .iter()
        .filter(|path| path.starts_with(&job.out))
    {
        fs::remove_file(path)?;
    }
    Ok(())
}

/// Says what is stale and how to mend it.
fn report(changes: &Changes, arguments: &Arguments) -> ExitCode {
    for path in &changes.stale {
        eprintln!("stale: {}", path.display());
    }
    for path in &changes.left_over {
        eprintln!("left over: {}", path.display());
    }
    if changes.stale.is_empty() && changes.left_over.is_empty() {
        println!("generate: everything is up to date");
        return ExitCode::SUCCESS;
    }
    let options = match (&arguments.document, &arguments.out) {
        (Some(document), Some(out)) => {
            format!(" --document {} --out {}", document.display(), out.display())
        }
        _ => String::new(),
    };
    eprintln!("run: cargo xtask generate{options}");
    ExitCode::FAILURE
}
