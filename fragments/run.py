"""Run the cells of a fragment one by one, with times and memory: a_run.py TRAINING SEED"""
import sys; sys.path.insert(0,"/tmp/wt/T"); import fragments.lenient
import sys, time, resource, re, os
os.environ["COURSE_STRICT"]="1"
TR, SD = sys.argv[1:3]
src=open(f"/tmp/wt/T/fragments/frag_{sys.argv[3] if len(sys.argv) > 3 else chr(65)}.py").read()
src=src.replace("TRAINING = 0  #",f"TRAINING = {TR}  #").replace("SEED = 0\n",f"SEED = {SD}\n")
cells=re.split(r"^# %%", src, flags=re.M)
ns={"__name__":"__main__"}
total=time.process_time()
for n,c in enumerate(cells):
    head,_,body=c.partition("\n")
    if "[markdown]" in head or "jupytext" in c[:200]: continue
    t=time.process_time()
    try: exec(compile(body,f"cell{n}","exec"),ns)
    except AssertionError as e:
        import traceback; print("ASSERT", n, traceback.extract_tb(e.__traceback__)[-1], [l for l in body.splitlines() if "assert" in l])
    dt=time.process_time()-t
    if dt>.5: print(f"   [cell {n}: {dt:.1f}s peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024:.0f}]", body.strip().splitlines()[0][:60], flush=True)
print("total", time.process_time()-total)
