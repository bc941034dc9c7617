console.log('pgopt-explore');
