import { arch, cpus, platform, release, totalmem } from 'node:os';

export function describeMachine() {
  const [{ model }, ...others] = cpus();
  return {
    cpu: model.trim(),
    cores: 1 + others.length,
    memoryBytes: totalmem(),
    system: `${platform()} ${release()} ${arch()}`,
  };
}
