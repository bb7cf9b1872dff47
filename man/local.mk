# man: hand-written mdoc. A name that shares a page gets a page of one line when installed.
dist_man_MANS += \
	%D%/gyre-bench.1 \
	%D%/gyre-examples.7 \
	%D%/gyre-info.1 \
	%D%/gyre-run.1 \
	%D%/gyre-tune.1 \
	%D%/gyre.1 \
	%D%/gyre.7 \
	%D%/gyre.conf.5 \
	%D%/gyre_allgather.3 \
	%D%/gyre_allgatherv.3 \
	%D%/gyre_allreduce.3 \
	%D%/gyre_alltoall.3 \
	%D%/gyre_alltoallv.3 \
	%D%/gyre_am.3 \
	%D%/gyre_arrow.3 \
	%D%/gyre_barrier.3 \
	%D%/gyre_batch.3 \
	%D%/gyre_batch_hash.3 \
	%D%/gyre_bcast.3 \
	%D%/gyre_buffer.3 \
	%D%/gyre_builder.3 \
	%D%/gyre_coll.3 \
	%D%/gyre_coll_simulate.3 \
	%D%/gyre_coll_tune.3 \
	%D%/gyre_comm.3 \
	%D%/gyre_comm_neighbors.3 \
	%D%/gyre_config.3 \
	%D%/gyre_csv.3 \
	%D%/gyre_dataset.3 \
	%D%/gyre_executor.3 \
	%D%/gyre_env.3 \
	%D%/gyre_exscan.3 \
	%D%/gyre_gather.3 \
	%D%/gyre_gatherv.3 \
	%D%/gyre_graph.3 \
	%D%/gyre_group.3 \
	%D%/gyre_harp.3 \
	%D%/gyre_harp_events.3 \
	%D%/gyre_harp_kv.3 \
	%D%/gyre_harp_pool.3 \
	%D%/gyre_harp_rotator.3 \
	%D%/gyre_harp_scheduler.3 \
	%D%/gyre_init.3 \
	%D%/gyre_input.3 \
	%D%/gyre_lines.3 \
	%D%/gyre_mem.3 \
	%D%/gyre_neighbor_allgather.3 \
	%D%/gyre_neighbor_allgatherv.3 \
	%D%/gyre_neighbor_alltoall.3 \
	%D%/gyre_neighbor_alltoallv.3 \
	%D%/gyre_op.3 \
	%D%/gyre_operator.3 \
	%D%/gyre_output.3 \
	%D%/gyre_pack.3 \
	%D%/gyre_plan.3 \
	%D%/gyre_put.3 \
	%D%/gyre_reduce.3 \
	%D%/gyre_reduce_scatter.3 \
	%D%/gyre_reduce_scatter_block.3 \
	%D%/gyre_request.3 \
	%D%/gyre_scan.3 \
	%D%/gyre_scatter.3 \
	%D%/gyre_scatterv.3 \
	%D%/gyre_schema.3 \
	%D%/gyre_send.3 \
	%D%/gyre_sort.3 \
	%D%/gyre_status.3 \
	%D%/gyre_store.3 \
	%D%/gyre_survive.3 \
	%D%/gyre_take.3 \
	%D%/gyre_task.3 \
	%D%/gyre_topo.3 \
	%D%/gyre_tset.3 \
	%D%/gyre_type.3 \
	%D%/gyre_worker.3
EXTRA_DIST += %D%/alias.list

install-data-hook:
	sed '/^#/d' $(srcdir)/%D%/alias.list | while read alias page; do \
	    echo ".so man3/$$page" >"$(DESTDIR)$(man3dir)/$$alias" || exit; done

uninstall-hook:
	sed '/^#/d' $(srcdir)/%D%/alias.list | while read alias page; do \
	    rm -f "$(DESTDIR)$(man3dir)/$$alias"; done
