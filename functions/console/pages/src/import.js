// Sends a book of any size in parts that end with a line, one after the other, and shows how far it
// is. Without this script the form posts the whole file at once.

"use strict";

(() => {
  // Below what one request may have, with room for the fields beside the file.
  const PART_BYTES = 512 * 1024;
  const NEWLINE = 10;

  const form = document.querySelector("form[data-part]");
  const element = (id) => document.getElementById(id);
  const submit = form.querySelector("button[type=submit]");
  const [file, meter, stop, state] = ["book", "sent", "stop", "state"].map(element);
  const [applied, skipped, line, reason] = ["applied", "skipped", "line", "reason"].map(element);

  let isRunning = false;
  let isStopping = false;

  function say(what) {
    state.textContent = form.dataset[what];
    state.className = { done: "good", refused: "problem", lost: "problem" }[what] ?? "";
  }

  // The end of the last line in these bytes. A part without one has a line that is too long, and
  // the server says so.
  function endOfLines(bytes, isLast) {
    const end = isLast ? 0 : bytes.lastIndexOf(NEWLINE) + 1;
    return end === 0 ? bytes.length : end;
  }

  function countLines(bytes) {
    return bytes.reduce((lines, byte) => lines + (byte === NEWLINE ? 1 : 0), 0);
  }

  // What the route answers to these lines; nothing if it was not asked.
  async function send(bytes) {
    const body = new FormData();
    body.append("form_token", form.elements.form_token.value);
    body.append("book", new Blob([bytes]), "part");
    const answer = await fetch(form.dataset.part, { method: "POST", body, redirect: "manual" });
    const isData = answer.headers.get("content-type")?.startsWith("application/json");
    return isData ? { isDone: answer.ok, ...(await answer.json()) } : null;
  }

  // Sends the book from its beginning, and answers how that ended.
  async function sendAll(book) {
    const counts = { lines: 0, applied: 0, skipped: 0 };
    for (let start = 0; start < book.size; ) {
      if (isStopping) return "stopped";
      const piece = await book.slice(start, start + PART_BYTES).arrayBuffer();
      let bytes = new Uint8Array(piece);
      bytes = bytes.subarray(0, endOfLines(bytes, start + bytes.length >= book.size));
      const answer = await send(bytes);
      if (answer === null) return "lost";
      counts.applied += answer.applied ?? 0;
      counts.skipped += answer.skipped ?? 0;
      applied.textContent = counts.applied;
      skipped.textContent = counts.skipped;
      if (!answer.isDone) {
        if (answer.line !== undefined) line.textContent = counts.lines + answer.line;
        reason.textContent = `${answer.error_msg} ${answer.error_code}`;
        return "refused";
      }
      counts.lines += countLines(bytes);
      start += bytes.length;
      meter.value = start;
    }
    return "done";
  }

  function show(running) {
    isRunning = running;
    isStopping = false;
    submit.disabled = running;
    file.disabled = running;
    stop.hidden = !running;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const book = file.files[0];
    if (isRunning || book === undefined) return;
    element("progress").hidden = false;
    meter.max = Math.max(book.size, 1);
    meter.value = 0;
    for (const place of [applied, skipped]) place.textContent = "0";
    for (const place of [line, reason]) place.textContent = "";
    show(true);
    say("running");
    // A file that was changed cannot be read any more, and a server that is gone not be asked.
    const end = await sendAll(book).catch(() => "lost");
    show(false);
    say(end);
  });

  stop.addEventListener("click", () => {
    isStopping = true;
  });

  // The limit is that of one request.
  element("limit").hidden = true;
})();
