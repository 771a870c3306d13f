const modal = document.getElementById("components-reconnect-modal");

modal.addEventListener("components-reconnect-state-changed", ({ detail }) => {
  switch (detail.state) {
    case "show":
      if (!modal.open) modal.showModal();
      explain();
      break;
    case "hide":
      modal.close();
      break;
    case "failed":
      document.addEventListener("visibilitychange", retryWhenVisible);
      explain();
      break;
    case "rejected":
      location.reload();
      break;
  }
});

// Where the very first connection is refused, Blazor says nothing.
setTimeout(() => "interactive" in document.documentElement.dataset || explain(), 4000);

document.getElementById("components-reconnect-button").addEventListener("click", retry);
document.getElementById("components-resume-button").addEventListener("click", resume);

async function retry() {
  document.removeEventListener("visibilitychange", retryWhenVisible);
  try {
    // False: the server answered but does not know this page any more.
    if (await Blazor.reconnect() || await Blazor.resumeCircuit()) modal.close();
    else location.reload();
  } catch {
    document.addEventListener("visibilitychange", retryWhenVisible);
  }
}

async function resume() {
  try {
    if (!await Blazor.resumeCircuit()) location.reload();
  } catch {
    modal.classList.replace("components-reconnect-paused", "components-reconnect-resume-failed");
  }
}

async function retryWhenVisible() {
  if (document.visibilityState === "visible") await retry();
}

// Where the portal refuses the connection and says why, trying again is in vain.
async function explain() {
  try {
    const answer = await fetch("_blazor/negotiate?negotiateVersion=1", { method: "POST" });
    const problem = answer.status === 403 ? await answer.json() : null;
    if (problem?.code !== "WrongOrigin") return;
    document.getElementById("components-refused").textContent = problem.detail;
    modal.classList.add("refused");
    if (!modal.open) modal.showModal();
  } catch {
    // It does not answer at all, which the dialog says already.
  }
}
