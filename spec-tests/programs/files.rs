// A Rust program for wasm32-wasip1: files beneath a preopened directory, hash maps, text and numbers, the clock, a panic.
// The same source runs natively; its working directory is empty at the start.
use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant};

struct Noisy(&'static str);
impl Drop for Noisy {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn files() -> Result<(), Box<dyn Error>> {
    fs::create_dir_all("tree/branch/leaf")?;
    fs::write("tree/branch/leaf/text", "first\nsecond\n")?;
    let mut file = fs::OpenOptions::new().read(true).append(true).open("tree/branch/leaf/text")?;
    writeln!(file, "{:?}", Some(3.25e-7))?;
    file.seek(SeekFrom::Start(6))?;
    let mut rest = String::new();
    file.read_to_string(&mut rest)?;
    println!("{rest:?} {}", file.metadata()?.len());
    file.set_len(5)?;
    drop(file);
    println!("{:?}", fs::read_to_string("tree/branch/leaf/text")?);

    fs::copy("tree/branch/leaf/text", "tree/copy")?;
    fs::rename("tree/copy", "tree/branch/moved")?;
    fs::hard_link("tree/branch/moved", "tree/branch/linked")?;
    let mut names = Vec::new();
    for entry in fs::read_dir("tree/branch")? {
        let entry = entry?;
        names.push((entry.file_name().into_string().unwrap(), entry.file_type()?.is_dir()));
    }
    names.sort();
    println!("{names:?}");
    println!("{:?}", fs::File::open("tree/none").unwrap_err().kind());
    println!("a full directory stays: {}", fs::remove_dir("tree").is_err());

    // Enough entries that one buffer of fd_readdir does not hold them.
    for i in 0..300 {
        fs::write(format!("tree/entry-{i:03}-{}", "x".repeat(i % 100)), [])?;
    }
    println!("{} entries", fs::read_dir("tree")?.count());
    fs::remove_dir_all("tree")?;
    println!("gone: {}", fs::metadata("tree").is_err());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    files()?;
    let mut sums: HashMap<String, u64> = HashMap::new();
    for i in 0..50_000u64 {
        *sums.entry(format!("key {}", i % 1009)).or_default() += i.wrapping_mul(i) ^ (i << 3);
    }
    let sorted: BTreeMap<_, _> = sums.iter().collect();
    println!("{} {:?}", sorted.len(), sorted.first_key_value());
    let wide = (1..=30u128).product::<u128>();
    println!("{wide} {:?} {:?}", "0.1".parse::<f64>()? + 0.2, "x".parse::<i32>().is_err());

    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(3));
    println!("slept: {}", start.elapsed() >= Duration::from_millis(3));
    for line in io::stdin().lock().lines() {
        println!("{}", line?.chars().rev().collect::<String>());
    }

    {
        let _outer = Noisy("outer");
        let _inner = Noisy("inner");
    }
    io::stdout().flush()?;
    std::process::exit(9);
}
