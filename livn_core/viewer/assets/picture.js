// The view as a PNG file, at twice the screen's resolution, with its scale bar, names and legend.

function savePicture(page) {
  const { renderer, meta, stage, canvas, parts } = page;
  const ratio = renderer.getPixelRatio(), scale = 2 * ratio, style = getComputedStyle(document.body);
  const copy = make("canvas"), pen = copy.getContext("2d");
  renderer.setPixelRatio(scale);
  page.setDetail(1);
  page.render();
  Object.assign(copy, { width: canvas.width, height: canvas.height });
  pen.drawImage(canvas, 0, 0);
  renderer.setPixelRatio(ratio);
  page.refresh();

  pen.scale(scale, scale);
  Object.assign(pen, { font: `12px ${style.fontFamily}`, fillStyle: style.color, textBaseline: "middle" });
  const write = (text, x, y) => pen.fillText(text, x, y);
  for (const label of $("labels").children) {
    if (!label.hidden) write(label.textContent, parseFloat(label.style.left) + 4, parseFloat(label.style.top));
  }
  const bar = $("scale").firstElementChild;
  if (!$("scale").hidden) {
    pen.fillRect(18, stage.clientHeight - 36, parseFloat(bar.style.width), 3);
    write($("scale").textContent, 18, stage.clientHeight - 22);
  }
  write([meta.title, page.said].filter(Boolean).join(" · "), 14, 16);
  const seen = meta.populations.filter((_, i) => parts.cells[i].visible);
  [...seen.map((p) => ({ text: p.name, marker: p.marker, colour: page.legend.length ? style.color : p.colour })),
    ...page.legend].forEach(({ text, marker = "s", colour }, row) => {
    const y = 36 + 17 * row;
    write(text, 32, y);
    pen.save();
    // The colour as the shaders draw it: on a dark page somewhat lighter.
    const lift = (hex) => `rgb(${rgb(hex).map((v) => v + (255 - v) * theme.lift.value)})`;
    pen.fillStyle = colour.startsWith("#") ? lift(colour) : colour;
    pen.beginPath();
    for (const [dx, dy] of outline(marker)) pen.lineTo(20 + 6 * dx, y + 6 * dy);
    pen.fill();
    pen.restore();
  });
  copy.toBlob((blob) => {
    const link = make("a"), url = URL.createObjectURL(blob);
    Object.assign(link, { href: url, download: `${meta.title.replace(/[^\p{L}\p{N}._-]+/gu, "-")}.png` });
    link.click();
    URL.revokeObjectURL(url);
    $("said").textContent = `${link.download} is saved`;
  });
}
