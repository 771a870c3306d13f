// More than there are cores: many tests wait for other processes, disks and locks.
[assembly: Xunit.v3.Parallelization(MaxThreads = 6)]
