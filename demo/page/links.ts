/** The address of the repository. The page has no link to it while this is empty. */
const REPOSITORY: string = '';

export function addRepositoryLink(links: HTMLElement): void {
  if (!REPOSITORY) return;
  const link = document.createElement('a');
  link.href = REPOSITORY;
  link.textContent = 'The code';
  links.append(link);
}
