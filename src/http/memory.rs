//! Resident memory of this process, as its operator sees it.

/// Bytes of the process that lie in memory now, mapped files among them; none where the system does not tell (other
/// than Linux).
pub(super) fn resident_bytes() -> Option<u64> {
    resident_in(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn resident_in(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim_end().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_kernel_is_read() {
        assert_eq!(resident_in("Name:\tachei\nVmHWM:\t  9000 kB\nVmRSS:\t   5312 kB\n"), Some(5312 * 1024));
        assert_eq!(resident_in("Name:\tachei\n"), None);
        assert_eq!(resident_in("VmRSS:\tmuch\n"), None);
    }
}
