//! What a person can do about a failure, by the reason that the cluster gives.

/// Advice for `reason`, the most useful first.
pub(super) fn for_reason(reason: &str) -> Vec<String> {
    let lines: &[&str] = match reason {
        "ImagePullBackOff" | "ErrImagePull" | "ErrImageNeverPull" => &[
            "check the image's registry, repository and tag; a retry takes the same ones: for others end here and apply anew",
            "a private registry needs a pull secret (global.imagePullSecrets)",
        ],
        "InvalidImageName" => &["correct the image's repository or tag: the cluster cannot read the name"],
        "CreateContainerConfigError" => &[
            "a Secret or ConfigMap that the container refers to, or a key in it, is missing: create it, then retry",
        ],
        "CrashLoopBackOff" | "Error" | "Restarted" => &[
            "read the end of the container's log: the program ends by itself",
            "roll the stage back to have the previous version while you look",
        ],
        "OOMKilled" => &["the container needs more memory than its limit: raise resources.limits.memory"],
        "NotReady" => &[
            "the program runs but its readiness probe fails: read its log for what it waits for",
            "check that the database and Redis answer under the configured names",
        ],
        "Unschedulable" => &[
            "no node has room or fits the rules: add nodes, lower the requests, or change the affinity and tolerations",
        ],
        "FailedCreate" => &[
            "the cluster refuses the pods: a quota, a limit range or an admission policy says no in the words above",
        ],
        "ProgressDeadlineExceeded" | "Timeout" | "NoActivity" => &[
            "retry if the cluster was only slow",
            "roll the stage back to have the previous version while you look",
        ],
        "JobFailed" => {
            &["read the end of the job's log, correct the cause, then retry: the job is created anew"]
        }
        _ => &[],
    };
    lines.iter().map(ToString::to_string).collect()
}
