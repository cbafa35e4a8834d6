/** Hands a file to the browser to be kept on the device. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  // Without what file systems do not take in a name.
  link.download = name.replaceAll(/[\p{Cc}\\/:*?"<>|]+/gu, ' ').slice(-120);
  link.click();
  // The download has the bytes by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
