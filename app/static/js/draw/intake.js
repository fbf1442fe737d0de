/**
 * Pictures from elsewhere: chosen, photographed, dropped or pasted.
 *
 * A photo larger than the service takes is made smaller here first; anything else goes as it is, and the service judges.
 */

const LARGEST_BYTES = 4.5 * 1024 * 1024;
const LARGEST_SIDE = 2000;

/**
 * @param {{form: HTMLFormElement, camera: HTMLInputElement, target: HTMLElement}} from target is where pictures are dropped
 * @param {(picture: Blob) => void} take
 */
export function attachIntake({ form, camera, target }, take) {
  const chosen = /** @type {HTMLInputElement} */ (form.elements.namedItem("picture"));
  /** @param {FileList|undefined|null} files */
  const takeFirst = (files) => {
    const picture = files?.[0];
    if (picture) void smallEnough(picture).then(take);
  };
  chosen.addEventListener("change", () => takeFirst(chosen.files));
  camera.addEventListener("change", () => takeFirst(camera.files));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    takeFirst(chosen.files);
  });
  document.addEventListener("paste", (event) => takeFirst(event.clipboardData?.files));
  attachDrop(target, takeFirst);
  // Chosen before this script arrived.
  takeFirst(chosen.files);
}

/** @param {HTMLElement} target @param {(files: FileList|undefined) => void} takeFirst */
function attachDrop(target, takeFirst) {
  /** @param {DragEvent} event */
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    target.toggleAttribute("data-over", true);
  });
  addEventListener("dragleave", (event) => event.relatedTarget === null && target.toggleAttribute("data-over", false));
  addEventListener("drop", (event) => {
    target.toggleAttribute("data-over", false);
    if (!holdsFiles(event)) return;
    event.preventDefault();
    takeFirst(event.dataTransfer?.files);
  });
}

/** @param {Blob} picture @returns {Promise<Blob>} */
async function smallEnough(picture) {
  if (picture.size <= LARGEST_BYTES) return picture;
  try {
    const bitmap = await createImageBitmap(picture);
    const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob ?? picture), "image/jpeg", 0.92));
  } catch {
    return picture; // not a picture that this browser knows: the service will say what it thinks of it
  }
}
