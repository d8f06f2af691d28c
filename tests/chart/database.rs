//! The scripts of the embedded PostgreSQL, run as its pods run them, against a real server from Debian's package.

use crate::support::choices::chart_folder;
use crate::support::harness::Ctx;
use crate::support::parts::{Missing, system_program};
use crate::support::trial::{Outcome, with_part};
use libtest_mimic::Trial;
use std::fs;
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A name that only works where it is quoted, and a password with everything that could end a quotation.
const DATABASE: &str = "Dev \"Mesh\"";
const PASSWORD: &str = "it's \"odd\" \\ $(id) :x";

pub fn trials(_: &Ctx) -> Vec<Trial> {
    let trial = |name: &str, body: fn(&Server) -> Outcome| {
        with_part(
            &format!("database::{name}"),
            folder_of_programs,
            move |programs| {
                let server = Server::start(programs)?;
                body(&server)
            },
        )
    };
    vec![
        trial("the_secret_decides_on_the_password", password),
        trial("a_backup_comes_back", round_trip),
        trial("a_backup_that_fails_leaves_nothing", failing_backup),
        trial("only_the_newest_backups_stay", retention),
        trial("a_damaged_backup_changes_nothing", damaged),
        trial("a_database_in_use_is_not_replaced_unasked", in_use),
    ]
}

/// Where the newest PostgreSQL on this machine keeps its programs.
fn folder_of_programs() -> Result<PathBuf, Missing> {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let initdb = system_program("initdb", "postgresql", &folders)?;
    let real = fs::canonicalize(&initdb).unwrap_or(initdb);
    Ok(real.parent().unwrap_or(Path::new("/")).to_owned())
}

/// A server with one superuser, who needs no password on the socket and one over TCP.
struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    /// The server refuses to run as root: then it runs as nobody.
    user: Option<u32>,
}

impl Server {
    fn start(programs: PathBuf) -> Result<Self, Box<dyn std::error::Error>> {
        let folder = tempfile::Builder::new().prefix("pg").tempdir()?;
        let root = fs::metadata("/proc/self")?.uid() == 0;
        let server = Self {
            programs,
            port: TcpListener::bind("127.0.0.1:0")?.local_addr()?.port(),
            user: root.then_some(65534),
            folder,
        };
        if let Some(user) = server.user {
            chown(server.folder.path(), Some(user), Some(user))?;
        }
        fs::create_dir(server.backups())?;
        let data = server.data();
        let data = data.to_string_lossy();
        let initdb = [
            "-D",
            &data,
            "-U",
            "mesh",
            "--auth-host=scram-sha-256",
            "--no-sync",
        ];
        succeeded(&server.program("initdb", &initdb).output()?)?;
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all",
            server.port,
            server.folder.path().display()
        );
        let log = server.log();
        let log = log.to_string_lossy();
        let start = ["-D", &data, "-w", "-l", &log, "-o", &options, "start"];
        // Its output would be held open by the server.
        let started = server
            .program("pg_ctl", &start)
            .stdout(std::process::Stdio::null())
            .status()?;
        assert!(started.success(), "{}", fs::read_to_string(server.log())?);
        server.admin(&format!(
            "ALTER ROLE mesh PASSWORD '{}'",
            PASSWORD.replace('\'', "''")
        ))?;
        server.admin(&format!("CREATE DATABASE \"{}\"", DATABASE.replace('"', "\"\"")))?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    fn backups(&self) -> PathBuf {
        self.folder.path().join("backups")
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.args(arguments).current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user).gid(user);
        }
        command
    }

    /// SQL on the socket.
    fn ask(&self, database: &str, sql: &str) -> Result<String, String> {
        let port = self.port.to_string();
        let socket = self.folder.path().to_string_lossy().into_owned();
        let arguments = ["-h", &socket, "-p", &port, "-U", "mesh", "-X", "-At", "-c", sql];
        let output = self
            .program("psql", &arguments)
            .env("PGDATABASE", database)
            .output();
        let output = output.map_err(|error| error.to_string())?;
        succeeded(&output).map(|text| text.trim().to_owned())
    }

    fn admin(&self, sql: &str) -> Result<String, String> {
        self.ask("postgres", sql)
    }

    /// One of the chart's scripts, as a pod runs it.
    fn script(&self, name: &str, more: &[(&str, &str)]) -> io::Result<Output> {
        let script = chart_folder().join("charts/postgresql/files").join(name);
        let path = format!("{}:/usr/bin:/bin", self.programs.display());
        let mut command = Command::new("/bin/sh");
        command
            .arg(script)
            .env_clear()
            .env("PATH", path)
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "mesh")
            .env("PGPASSWORD", PASSWORD)
            .env("PGDATABASE", DATABASE)
            .env("BACKUP_DIR", self.backups())
            .env("BACKUP_KEEP", "7")
            .envs(more.iter().copied())
            .current_dir(self.folder.path());
        command.output()
    }

    /// A backup; its file's name.
    fn backup(&self) -> Result<String, Box<dyn std::error::Error>> {
        succeeded(&self.script("backup.sh", &[])?)?;
        Ok(fs::read_to_string(self.backups().join("LATEST"))?
            .trim()
            .to_owned())
    }

    fn files(&self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.backups())?;
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    /// What the platform might have stored.
    fn fill(&self) -> Result<(), String> {
        self.ask(
            DATABASE,
            "CREATE SCHEMA mcp; CREATE TABLE mcp.context (id serial PRIMARY KEY, body text NOT NULL); \
             INSERT INTO mcp.context (body) SELECT 'entry ' || n FROM generate_series(1, 1000) n",
        )
        .map(drop)
    }

    fn count(&self, database: &str) -> Result<String, String> {
        self.ask(database, "SELECT count(*) FROM mcp.context")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let data = self.data();
        let _ = self
            .program(
                "pg_ctl",
                &["-D", &data.to_string_lossy(), "-m", "immediate", "stop"],
            )
            .output();
    }
}

/// What a program printed, or that it failed and what it said.
fn succeeded(output: &Output) -> Result<String, String> {
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{}\n{}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

/// That a script failed, and what it said to its error stream.
fn refused(output: &Output) -> Result<String, String> {
    if output.status.success() {
        return Err(format!(
            "it succeeded: {}",
            String::from_utf8_lossy(&output.stdout)
        ));
    }
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A start with another password in the Secret: that one gets in, the old one does not, and neither is logged.
fn password(server: &Server) -> Outcome {
    let files = chart_folder().join("charts/postgresql/files");
    let statements = fs::read_to_string(files.join("prepare.sql"))?;
    // Debian has no package of pgvector; this extension it has.
    assert!(statements.contains("EXISTS vector;"));
    let own = server.folder.path().join("prepare.sql");
    fs::write(&own, statements.replace("EXISTS vector;", "EXISTS plpgsql;"))?;
    let changed = "another' \"one\" \\ with $HOME";
    let own = own.to_string_lossy();
    let socket = server.folder.path().to_string_lossy();
    for _ in 0..2 {
        let prepare = [
            ("POSTGRES_USER", "mesh"),
            ("POSTGRES_DB", DATABASE),
            ("POSTGRES_PASSWORD", changed),
            ("PGHOST", &*socket),
            ("PREPARE_SQL", &*own),
            ("PREPARE_TRIES", "2"),
            ("PREPARE_PAUSE", "0"),
        ];
        succeeded(&server.script("prepare.sh", &prepare)?)?;
    }
    let enters = |password: &str| {
        let output = server.script("backup.sh", &[("PGPASSWORD", password)]);
        output.map_err(|error| error.to_string())
    };
    succeeded(&enters(changed)?)?;
    assert!(refused(&enters(PASSWORD)?)?.contains("password authentication failed"));
    let schemas =
        "SELECT string_agg(nspname, ',' ORDER BY 1) FROM pg_namespace WHERE nspname IN ('mcp', 'rag')";
    assert_eq!(server.ask(DATABASE, schemas)?, "mcp,rag");
    let log = fs::read_to_string(server.log())?;
    assert!(log.contains("CREATE DATABASE"), "statements are logged");
    assert!(!log.contains("another'"), "the password is in the log");
    Ok(())
}

fn round_trip(server: &Server) -> Outcome {
    server.fill()?;
    let name = server.backup()?;
    assert_eq!(
        server.files()?,
        ["LATEST".to_owned(), name.clone(), format!("{name}.sha256")]
    );
    server.ask(
        DATABASE,
        "DELETE FROM mcp.context WHERE id > 10; CREATE TABLE later (x int)",
    )?;

    let said = succeeded(&server.script("restore.sh", &[])?)?;
    assert!(said.contains(&name), "{said}");
    assert_eq!(server.count(DATABASE)?, "1000");
    assert!(
        server.ask(DATABASE, "SELECT * FROM later").is_err(),
        "it was made after the backup"
    );
    assert_eq!(
        server.ask(
            DATABASE,
            "INSERT INTO mcp.context (body) VALUES ('x') RETURNING id"
        )?,
        "1001\nINSERT 0 1"
    );
    let before = format!("{DATABASE}_before_restore");
    assert_eq!(server.count(&before)?, "10");

    // Once more, by its name and where nothing is left: onto a server without the database.
    server.admin(&format!("DROP DATABASE \"{}\"", DATABASE.replace('"', "\"\"")))?;
    succeeded(&server.script("restore.sh", &[("BACKUP_FILE", &name)])?)?;
    assert_eq!(server.count(DATABASE)?, "1000");
    Ok(())
}

fn failing_backup(server: &Server) -> Outcome {
    let said = refused(&server.script("backup.sh", &[("PGDATABASE", "nowhere")])?)?;
    assert!(said.contains("nowhere"), "{said}");
    assert!(server.files()?.is_empty(), "{:?}", server.files()?);
    let said = refused(&server.script("restore.sh", &[])?)?;
    assert!(said.contains("there is no backup"), "{said}");
    Ok(())
}

fn retention(server: &Server) -> Outcome {
    server.fill()?;
    let old = ["database-20200101T000000Z.dump", "database-20210101T000000Z.dump"];
    for name in old {
        fs::write(server.backups().join(name), "old")?;
        fs::write(server.backups().join(format!("{name}.sha256")), "old")?;
    }
    fs::write(server.backups().join("mine.dump"), "not the script's")?;
    fs::write(
        server.backups().join(".database-20220101T000000Z.dump.partial"),
        "cut off",
    )?;
    succeeded(&server.script("backup.sh", &[("BACKUP_KEEP", "2")])?)?;
    let new = fs::read_to_string(server.backups().join("LATEST"))?
        .trim()
        .to_owned();
    let mut left = vec![
        "LATEST".to_owned(),
        old[1].to_owned(),
        format!("{}.sha256", old[1]),
        new.clone(),
        format!("{new}.sha256"),
        "mine.dump".to_owned(),
    ];
    left.sort();
    assert_eq!(server.files()?, left);
    Ok(())
}

fn damaged(server: &Server) -> Outcome {
    server.fill()?;
    let name = server.backup()?;
    let file = server.backups().join(&name);
    let whole = fs::read(&file)?;
    let (half, _) = whole.split_at(whole.len() / 2);
    fs::write(&file, half)?;
    let said = refused(&server.script("restore.sh", &[])?)?;
    assert!(said.contains("checksum"), "{said}");
    fs::remove_file(server.backups().join(format!("{name}.sha256")))?;
    let said = refused(&server.script("restore.sh", &[])?)?;
    assert!(said.contains("cannot be restored"), "{said}");
    assert_eq!(server.count(DATABASE)?, "1000");
    let databases = "SELECT count(*) FROM pg_database WHERE datname LIKE '%restore'";
    assert_eq!(server.admin(databases)?, "0", "nothing is left of the attempt");
    for (wrong, words) in [("../etc/passwd", "without a path"), ("none.dump", &*name)] {
        let said = refused(&server.script("restore.sh", &[("BACKUP_FILE", wrong)])?)?;
        assert!(said.contains(words), "{said}");
    }
    Ok(())
}

fn in_use(server: &Server) -> Outcome {
    server.fill()?;
    server.backup()?;
    let port = server.port.to_string();
    let socket = server.folder.path().to_string_lossy().into_owned();
    let arguments = [
        "-h",
        &socket,
        "-p",
        &port,
        "-U",
        "mesh",
        "-X",
        "-c",
        "SELECT pg_sleep(60)",
    ];
    let mut client = server
        .program("psql", &arguments)
        .env("PGDATABASE", DATABASE)
        .env("PGAPPNAME", "rest-api")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()?;
    let connected = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rest-api'";
    while server.admin(connected)? != "1" {
        assert!(client.try_wait()?.is_none(), "the client gave up");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let said = refused(&server.script("restore.sh", &[])?)?;
    assert!(said.contains("is in use") && said.contains("rest-api"), "{said}");
    assert!(client.try_wait()?.is_none(), "the client was left alone");
    succeeded(&server.script("restore.sh", &[("RESTORE_FORCE", "true")])?)?;
    assert_eq!(server.count(DATABASE)?, "1000");
    assert!(!client.wait()?.success(), "the client was sent away");
    Ok(())
}
